package procedure_test

import (
	"testing"

	"lienthong/internal/module/procedure"
)

// The shares a province of 1,818 procedures publishes with 14 at level 3 and 1,291 at level 4.
func TestServiceLevelsOfAProvince(t *testing.T) {
	cat := procedure.CatalogueOfLevelsForTest(map[int]int{0: 100, 2: 413, 3: 14, 4: 1291})
	l := cat.ServiceLevels()
	if l != (procedure.ServiceLevels{All: 1818, Three: 14, Four: 1291}) {
		t.Fatalf("counted %+v", l)
	}
	both, ok := l.Share34()
	if !ok || both != 7178 {
		t.Errorf("levels 3 and 4: %d hundredths of a percent", both)
	}
	four, ok := l.Share4()
	if !ok || four != 7101 {
		t.Errorf("level 4: %d hundredths of a percent", four)
	}
	if _, ok := (procedure.ServiceLevels{}).Share34(); ok {
		t.Error("an empty catalogue has a share")
	}
}
