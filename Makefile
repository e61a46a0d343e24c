# Everything that is done with this repository, by hand or by a machine. `make` alone prints what there is.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STATICCHECK := v0.8.2
NFPM        := v2.45.2
FUZZTIME    ?= 30s
ARGS        ?=

CACHE := .cache
BIN   := bin/harmonium
UI    := embedui
# What the web apps are made of, less what is made or fetched.
UI_SOURCES = $(shell find $(UI) \( -name node_modules -o -name dist \) -prune -o -type f -print)

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build what is needed and start the appliance on ./data (ARGS="--listen :8080" for more)
	@exec $(BIN) serve --data ./data $(ARGS)

.PHONY: demo
demo: build ## show the appliance with an invented session, on a throw-away directory (ARGS="--listen :8080" for more)
	@exec $(BIN) demo $(ARGS)

.PHONY: build
build: ui binary ## build the web apps and the program: bin/harmonium

.PHONY: binary
binary:
	@mkdir -p bin
	@packaging/compile "$(VERSION)" $(BIN)
	@packaging/source "$(VERSION)" "$$(git log -1 --format=%ct 2>/dev/null || stat -c %Y go.mod)" bin/source.tar.xz

.PHONY: ui
ui: $(CACHE)/ui.stamp ## build the web apps

$(UI)/node_modules/.stamp: $(UI)/package-lock.json $(UI)/package.json
	@cd $(UI) && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(CACHE)/ui.stamp: $(UI)/node_modules/.stamp $(UI_SOURCES)
	@mkdir -p $(CACHE)
	@cd $(UI) && npm run --silent build
	@touch $@

OLLAMA     := bin/ollama
TINY_MODEL := $(CACHE)/tiny.gguf
PLANNER    := $(CACHE)/planner.gguf
ASKER      := $(CACHE)/asker.gguf
WITH_OLLAMA = -count=1 -tags ollama -ollama $(CURDIR)/$(OLLAMA) -model $(CURDIR)/$(TINY_MODEL) -planner $(CURDIR)/$(PLANNER)

.PHONY: ollama
ollama: ## build Ollama to lie beside the program: bin/ollama (seven minutes, once for this machine)
	@packaging/ollama/build $(OLLAMA)

.PHONY: tiny-model
tiny-model: $(TINY_MODEL) $(PLANNER) $(ASKER)
$(TINY_MODEL): packaging/ollama/tinymodel/main.go
	@mkdir -p $(CACHE)
	@cd packaging/ollama && CGO_ENABLED=0 go run ./tinymodel $(CURDIR)/$(TINY_MODEL)
$(ASKER): packaging/ollama/tinymodel/main.go
	@mkdir -p $(CACHE)
	@cd packaging/ollama && CGO_ENABLED=0 go run ./tinymodel -asks $(CURDIR)/$(ASKER)
HEART      := draft claims report
$(PLANNER): packaging/ollama/tinymodel/main.go $(HEART:%=packaging/ollama/tinymodel/%.json)
	@mkdir -p $(CACHE)
	@cd packaging/ollama && CGO_ENABLED=0 go run ./tinymodel $(HEART:%=-says tinymodel/%.json) $(CURDIR)/$(PLANNER)

.PHONY: test-ollama
test-ollama: ollama tiny-model ## the built program with the real Ollama and a tiny model: limits, faults, 20 interviews
	@go test -v -timeout 30m -run Ollama ./cmd/harmonium $(WITH_OLLAMA)

# What goes into the package besides the program: the Ollama that was built here, where it was and where it runs, unless
# another is named.
DEB_ARCH    ?= amd64
OLLAMA_DIST ?= $(if $(filter $(shell go env GOHOSTARCH),$(DEB_ARCH)),$(if $(wildcard $(OLLAMA)/bin/ollama),$(CURDIR)/$(OLLAMA)))

.PHONY: deb
deb: ui $(CACHE)/nfpm-$(NFPM)/nfpm ## the package for Debian: dist/*.deb (with what `make ollama` built, or OLLAMA_DIST=DIR; DEB_ARCH=arm64)
	@VERSION=$(VERSION) OLLAMA_DIST=$(OLLAMA_DIST) WHISPER_DIST=$(WHISPER_DIST) \
		packaging/deb/build $(DEB_ARCH) $(CACHE)/nfpm-$(NFPM)/nfpm

.PHONY: test-box
test-box: ollama tiny-model modules ## the package on a real systemd (root): set-up, interview, attacks from inside, kills, upgrade, removal
	@packaging/testbed/run $(TINY_MODEL)

.PHONY: test-deb
test-deb: modules $(CACHE)/nfpm-$(NFPM)/nfpm | $(BIN) ## the package again from its own source (the same bytes), its size, lintian; its variants
	@packaging/deb/check
	@packaging/deb/variants

$(BIN):
	@$(MAKE) build

$(CACHE)/nfpm-$(NFPM)/nfpm:
	@GOBIN=$(CURDIR)/$(@D) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM)

.PHONY: modules
modules: $(UI)/node_modules/.stamp

.PHONY: test
test: ## set up, then run everything that must pass
	@.ci/test

.PHONY: lint
lint: $(CACHE)/staticcheck-$(STATICCHECK)/staticcheck ## gofmt, vet, staticcheck and the rules of the source
	@unformatted=$$(gofmt -l appliance cmd packaging systemd embedui/*.go); \
	if [[ -n "$$unformatted" ]]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@go vet -tags ollama ./cmd/harmonium
	@go -C packaging/testbed vet ./...
	@$(CACHE)/staticcheck-$(STATICCHECK)/staticcheck ./...
	@go test ./appliance/archtest

.PHONY: staticcheck
staticcheck: $(CACHE)/staticcheck-$(STATICCHECK)/staticcheck
$(CACHE)/staticcheck-$(STATICCHECK)/staticcheck:
	@GOBIN=$(CURDIR)/$(@D) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)

.PHONY: e2e
e2e: build ## the stories in a browser, against bin/harmonium
	@cd $(UI) && npm run --silent e2e

# What reads prompts in benchmarks: slower than the tiny model, so that it can be measured.
BENCH_MODEL := $(CACHE)/bench.gguf
$(BENCH_MODEL): packaging/ollama/tinymodel/main.go
	@mkdir -p $(CACHE)
	@cd packaging/ollama && CGO_ENABLED=0 go run ./tinymodel -layers 1 -width 256 -inner 512 -kind q8_0 $(CURDIR)/$(BENCH_MODEL)

.PHONY: bench
bench: build $(if $(wildcard $(OLLAMA)/bin/ollama),$(BENCH_MODEL)) ## measure the built program; table in .cache/bench.md, figures in .cache/bench.json
	@go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./appliance/bench \
		-ollama $(CURDIR)/$(OLLAMA) -model $(CURDIR)/$(BENCH_MODEL) -table $(CURDIR)/$(CACHE)/bench.md -figures $(CURDIR)/$(CACHE)/bench.json
	@go test -run '^$$' -bench OwnWork -benchtime 300x ./appliance/facilitation
	@go test -run '^$$' -bench Import -benchtime 3x ./models
	@go test -run '^$$' -bench . -benchtime 1x ./appliance/companion
	@go test -run '^$$' -bench 'Sessions|Responses' -benchtime 3x ./appliance/web
	@go test -run '^$$' -bench RefusedLogIn -benchtime 200x ./appliance/web
	@go test -run '^$$' -bench 'Permission|Listing' -benchtime 2000x ./appliance/store
	@go test -run '^$$' -bench EraseSession -benchtime 1x ./appliance/store
	@go test -run '^$$' -bench 'Cutting|Transcribing' -benchtime 1x ./appliance/capture

.PHONY: faults
faults: build ## every row of the table of faults in PROOF.md, in full, with its control (half an hour; root, for disks that lose power)
	@.ci/faults

.PHONY: soak
soak: build ollama tiny-model ## what takes hours: 1,000 kills under load, 200 interviews by a model, a meeting of 20 minutes, ten minutes of fuzzing for each parser
	@go test -count=1 -v -timeout 6h -run WhenTheServerIsKilled ./cmd/harmonium -kills 1000
	@go test -v -timeout 6h -run 'OllamaDrafts|OllamaIsKilledAtAny' ./cmd/harmonium $(WITH_OLLAMA) -interviews 200
	@cd $(UI) && MEETING_SECONDS=1200 npx --no-install vitest run --config e2e/vitest.config.ts recorder.story.ts
	@$(MAKE) fuzz FUZZTIME=10m

.PHONY: fuzz
fuzz: ## fuzz every parser of outside input, FUZZTIME=30s each
	@grep -rl --include='*_test.go' '^func Fuzz' appliance models | while read -r file; do \
		for f in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
			echo "$$f in $$(dirname "$$file")"; \
			go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" </dev/null; \
		done; \
	done

.PHONY: golden
golden: modules ## make the golden files and the generated types anew
	@packages=$$(grep -rl --include='*_test.go' 'flag.Bool("update"' appliance cmd | xargs -n1 dirname | sort -u | sed 's|^|./|'); \
	go test $$packages -update
	@cd $(UI) && npm run --silent types

.PHONY: clean
clean: ## remove what was built or fetched here; ./data stays
	@rm -rf bin $(CACHE) $(UI)/node_modules
	@find $(UI)/dist -mindepth 1 ! -name .gitkeep -delete
