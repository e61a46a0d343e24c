package store_test

import (
	"slices"
	"strconv"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestStatementsHaveTheBitsOfTheRestrictions(t *testing.T) {
	var bits []string
	for _, r := range []appliance.Restrictions{appliance.NoSynthesis, appliance.NoProject, appliance.NoExport, appliance.NoSharing, appliance.NoProcessing} {
		bits = append(bits, strconv.Itoa(int(r)))
	}
	if !slices.Equal(bits, store.Bits) {
		t.Errorf("statements have %v, restrictions are %v", store.Bits, bits)
	}
}
