module harmonium/packaging/testbed

go 1.26.0
