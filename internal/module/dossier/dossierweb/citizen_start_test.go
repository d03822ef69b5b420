package dossierweb_test

import (
	"net/http"
	"strings"
	"testing"
)

// Whoever has filed before finds the agency of that time chosen, on any device.
func TestTheAgencyOfTheLastDossierIsChosen(t *testing.T) {
	s := newSite(t)
	const start = "/thu-tuc/" + birthCode + "/nop"
	chosen := `value="` + homeCommune + `" selected`
	s.get(t, "hoa", start).is(http.StatusOK).lacks(chosen, "theo hồ sơ gần đây")
	s.post(t, "hoa", s.file(t, "hoa")+"/kiem-tra", nil).next()
	s.get(t, "hoa", start).is(http.StatusOK).has(chosen, "theo hồ sơ gần đây")
	s.get(t, "hoa", "/en"+start).is(http.StatusOK).has(chosen, "what you filed last")
	// What the person asks for comes first, and others' dossiers say nothing.
	other := s.get(t, "hoa", start+"?co-quan=xa-01834").is(http.StatusOK).lacks(chosen, "theo hồ sơ gần đây")
	if !strings.Contains(other.body, `value="xa-01834" selected`) {
		t.Error("the agency of the address is not chosen")
	}
	s.get(t, "khac", start).is(http.StatusOK).lacks(chosen)
	s.get(t, "hoa", start+"?tim=bang+lung").is(http.StatusOK).has("Bằng Lũng").lacks("xa-01834")
}
