package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestLicencesAreToldApart(t *testing.T) {
	const bsd = "Redistribution and use in source and binary forms, with or\nwithout modification, are permitted"
	for text, want := range map[string]string{
		"Permission is hereby granted, free of charge, to any\nperson obtaining a copy": "MIT",
		bsd: "BSD-2-Clause",
		bsd + " ... Neither the name of the copyright holder": "BSD-3-Clause",
		"Apache License\n   Version 2.0, January 2004":        "Apache-2.0",
		"NVIDIA Software License Agreement":                   "LicenseRef-NVIDIA",
		"Everything here is mine.":                            "",
	} {
		if got := identify(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestVersionsAreComparedByNumbers(t *testing.T) {
	for _, v := range [][2]string{{"", "2.2"}, {"2.9", "2.34"}, {"2.34", "2.34.1"}, {"13.1", "13.2"}} {
		if !less(v[0], v[1]) || less(v[1], v[0]) {
			t.Errorf("%s is not before %s", v[0], v[1])
		}
	}
}

func TestBillNamesEveryComponentAndIsTheSameEachTime(t *testing.T) {
	all := unique([]component{
		{kind: "npm", name: "@scope/pictures", version: "1.0.0", licences: []string{"ISC"}},
		{kind: "golang", name: "example.com/x", version: "v1.2.3", licences: []string{"MIT", "BSD-3-Clause"}, sum: "h1:abc"},
		{kind: "golang", name: "example.com/x", version: "v1.2.3", licences: []string{"MIT", "BSD-3-Clause"}, sum: "h1:abc"},
	})
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	first, err := billOfMaterials("1.0", at, all)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := billOfMaterials("1.0", at, all); second != first {
		t.Error("made a second time it differs")
	}
	other, err := billOfMaterials("1.1", at, all)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bill
	for text, to := range map[string]*bill{first: &a, other: &b} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.Components) != 2 || a.Components[0].URL != "pkg:golang/example.com/x@v1.2.3" || a.Components[1].URL != "pkg:npm/%40scope/pictures@1.0.0" {
		t.Errorf("components %+v", a.Components)
	}
	if a.SerialNumber == b.SerialNumber || !strings.HasPrefix(a.SerialNumber, "urn:uuid:") {
		t.Errorf("two bills have the numbers %s and %s", a.SerialNumber, b.SerialNumber)
	}
}
