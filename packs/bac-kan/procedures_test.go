package backan_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/kit/civil"
)

type sourced[T any] struct {
	Value T `json:"value"`
	origin
}

type named struct {
	Code *string
	Name string
}

type fee struct {
	Kind, Unit, Text string
	Amount           *int64
	AmountStatus     string `json:"amount_status"`
	origin
}

type method struct {
	Channel int
	Term    *struct {
		N    int
		Unit string
	}
	TermText   string `json:"term_text"`
	TermSource string `json:"term_source"`
	TermStatus string `json:"term_status"`
	Fees       []fee
	Note       string
}

type component struct {
	Code, Name, Note  string
	FormName          string `json:"form_name"`
	Originals, Copies int
	Required          *bool
	Presented, Eform  bool
}

type procedure struct {
	Code, Name                 sourced[string]
	NameEN                     sourced[string] `json:"name_en"`
	Field                      sourced[named]
	Levels, Subjects, Keywords sourced[[]string]
	Category                   sourced[*string]
	Sequence                   sourced[[]struct {
		Case  string
		Steps []string
	}]
	Methods    sourced[[]method]
	Components sourced[[]struct {
		Case  string
		Items []component
	}]
	Agencies       sourced[struct{ Perform, Competent, Receive, Coordinate string }]
	Result         sourced[[]named]
	Legal          sourced[[]struct{ Number, Title, Date string }]
	Requirements   sourced[*string]
	Description    sourced[string]
	DecisionNumber sourced[*string] `json:"decision_number"`
	ServiceLevel   sourced[int]     `json:"service_level"`
	ServiceKind    sourced[string]  `json:"service_kind"`
	ValidFrom      sourced[string]  `json:"valid_from"`
	Divisions      sourced[map[string]string]
	Process, Form  string
	Offers         []struct{ Kind, Unit string }
	LifeEvent      []string `json:"life_event"`
	Wiring         struct {
		Reception, Decision string // "offer" (the agency that offers it), "superior" or "unit:<key>"
		origin
	}
}

func readProcedures(t *testing.T) []procedure {
	t.Helper()
	files, err := filepath.Glob("procedures/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []procedure
	for _, f := range files {
		var p procedure
		read(t, f, &p)
		if p.Code.Value+".json" != filepath.Base(f) {
			t.Errorf("%s holds %s", f, p.Code.Value)
		}
		out = append(out, p)
	}
	return out
}

func TestProceduresAreComplete(t *testing.T) {
	all := readProcedures(t)
	if len(all) < 40 {
		t.Fatalf("%d procedures, want at least 40", len(all))
	}
	number := regexp.MustCompile(`^\d{2,3}/\d{4}/(QH\d\d|UBTVQH\d\d|NĐ-CP|QĐ-TTg|TT-[A-ZĐ]+)$`)
	for _, p := range all {
		code := p.Code.Value
		if !regexp.MustCompile(`^[1235]\.\d{6}$`).MatchString(code) {
			t.Errorf("%s: not the code of a procedure", code)
		}
		for field, o := range map[string]origin{
			"code": p.Code.origin, "name": p.Name.origin, "name_en": p.NameEN.origin, "field": p.Field.origin,
			"levels": p.Levels.origin, "category": p.Category.origin, "subjects": p.Subjects.origin,
			"sequence": p.Sequence.origin, "methods": p.Methods.origin, "components": p.Components.origin,
			"agencies": p.Agencies.origin, "result": p.Result.origin, "legal": p.Legal.origin,
			"requirements": p.Requirements.origin, "keywords": p.Keywords.origin, "description": p.Description.origin,
			"decision_number": p.DecisionNumber.origin, "service_level": p.ServiceLevel.origin,
			"service_kind": p.ServiceKind.origin, "valid_from": p.ValidFrom.origin, "divisions": p.Divisions.origin,
			"wiring": p.Wiring.origin,
		} {
			o.check(t, code+"/"+field)
		}
		// Unknown means that no value is claimed.
		for field, s := range map[string]sourced[*string]{"category": p.Category, "decision_number": p.DecisionNumber, "requirements": p.Requirements} {
			if (s.Value == nil) != (s.Status == "unknown") {
				t.Errorf("%s/%s: value and status %q do not agree", code, field, s.Status)
			}
		}
		if p.Name.Value == "" || p.NameEN.Value == "" || p.Field.Value.Name == "" || p.Description.Value == "" ||
			len(p.Subjects.Value) == 0 || len(p.Keywords.Value) < 3 || len(p.Result.Value) == 0 ||
			p.Agencies.Value.Perform == "" || p.Agencies.Value.Receive == "" || p.Agencies.Value.Competent == "" {
			t.Errorf("%s: a field that every citizen reads is empty", code)
		}
		if _, err := civil.Parse(p.ValidFrom.Value); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		for _, l := range p.Legal.Value {
			if _, err := civil.Parse(l.Date); err != nil || !number.MatchString(l.Number) {
				t.Errorf("%s: legal basis %q of %q", code, l.Number, l.Date)
			}
		}
		if p.ServiceLevel.Value < 2 || p.ServiceLevel.Value > 4 || (p.ServiceLevel.Value == 4) != (p.ServiceKind.Value == "toan_trinh") {
			t.Errorf("%s: level %d, kind %s", code, p.ServiceLevel.Value, p.ServiceKind.Value)
		}
		checkMethods(t, p)
		checkCases(t, p)
	}
}

func checkMethods(t *testing.T, p procedure) {
	t.Helper()
	code, channels := p.Code.Value, []int{}
	for _, m := range p.Methods.Value {
		channels = append(channels, m.Channel)
		origin{m.TermSource, m.TermStatus}.check(t, code+"/term")
		if m.Term == nil || m.Term.N < 1 || m.TermText == "" || !slices.Contains([]string{"working_day", "working_hour", "day", "same_day"}, m.Term.Unit) {
			t.Errorf("%s: term of channel %d", code, m.Channel)
		}
		for _, f := range m.Fees {
			f.check(t, code+"/fee")
			if f.Kind != "phi" && f.Kind != "le_phi" || f.Text == "" || f.Unit == "" {
				t.Errorf("%s: fee %+v", code, f)
			}
			// No amount is never the same as no fee.
			if (f.Amount == nil) != (f.Status == "unknown") || f.Amount != nil && *f.Amount < 0 {
				t.Errorf("%s: amount and status %q of a fee do not agree", code, f.Status)
			}
		}
	}
	if !slices.IsSorted(channels) || len(slices.Compact(slices.Clone(channels))) != len(channels) || len(channels) == 0 || channels[0] != 1 || channels[len(channels)-1] > 3 {
		t.Errorf("%s: channels %v", code, channels)
	}
	if slices.Contains(channels, 2) != (p.ServiceLevel.Value >= 3) {
		t.Errorf("%s: channels %v at level %d", code, channels, p.ServiceLevel.Value)
	}
}

func checkCases(t *testing.T, p procedure) {
	t.Helper()
	code, cases := p.Code.Value, map[string]bool{}
	for _, c := range p.Components.Value {
		cases[c.Case] = true
		seen, required := map[string]bool{}, 0
		for _, i := range c.Items {
			if seen[i.Code] || i.Code == "" || i.Name == "" || i.Required == nil || i.Originals < 0 || i.Copies < 0 || i.Originals+i.Copies == 0 {
				t.Errorf("%s, %s: paper %+v", code, c.Case, i)
			}
			seen[i.Code] = true
			if i.Required != nil && *i.Required {
				required++
			}
			if i.Eform && p.Form == "chung" {
				t.Errorf("%s: %s cannot be replaced by the general form", code, i.Code)
			}
		}
		if required == 0 || c.Case == "" {
			t.Errorf("%s: case %q asks for nothing", code, c.Case)
		}
	}
	for _, s := range p.Sequence.Value {
		if !cases[s.Case] || len(s.Steps) < 3 || slices.Contains(s.Steps, "") {
			t.Errorf("%s: steps of %q", code, s.Case)
		}
	}
	if len(p.Sequence.Value) != len(p.Components.Value) || len(cases) != len(p.Components.Value) {
		t.Errorf("%s: cases of steps and papers differ", code)
	}
}

func TestProceduresAreWired(t *testing.T) {
	units, tags := map[string]string{}, map[string]map[string]bool{}
	for _, u := range readOrg(t).Units {
		units[u.Key] = u.Kind
		if u.Kind == "division" {
			kind := units[u.Parent]
			if tags[kind] == nil {
				tags[kind] = map[string]bool{}
			}
			tags[kind][u.Tag] = true
		}
	}
	tags["police"] = map[string]bool{"cong-an": true}
	usedForms, usedProcesses, usedEvents, special := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	want := map[string]string{
		"1.001193": "dang-ky-khai-sinh", "1.001612": "thanh-lap-ho-kinh-doanh", "1.009374": "giay-phep-ban-tin",
		"1.001776": "tro-cap-xa-hoi", "1.010803": "lien-thong-xa-huyen-tinh",
	}
	for _, p := range readProcedures(t) {
		code := p.Code.Value
		if !slices.Contains(processKeys(), p.Process) || want[code] != "" && want[code] != p.Process {
			t.Errorf("%s: process %q", code, p.Process)
		}
		if !slices.Contains(formKeys(), p.Form) {
			t.Errorf("%s: form %q", code, p.Form)
		}
		usedForms[p.Form], usedProcesses[p.Process] = true, true
		if p.Form != "chung" {
			special++
		}
		for _, e := range p.LifeEvent {
			if !slices.Contains(eventKeys(), e) {
				t.Errorf("%s: life event %q", code, e)
			}
			usedEvents[e] = true
		}
		if len(p.LifeEvent) == 0 || len(p.Offers) == 0 || len(p.Divisions.Value) == 0 {
			t.Errorf("%s: no life event, offer or division", code)
		}
		for _, place := range []string{p.Wiring.Reception, p.Wiring.Decision} {
			key, ok := strings.CutPrefix(place, "unit:")
			if place != "offer" && place != "superior" && (!ok || units[key] == "") {
				t.Errorf("%s: received or decided at %q", code, place)
			}
		}
		for _, o := range p.Offers {
			kind := o.Kind
			if o.Unit != "" {
				kind = units[o.Unit]
				if tag := p.Divisions.Value["department"]; units[o.Unit+"."+tag] != "division" {
					t.Errorf("%s: %s has no division %q", code, o.Unit, tag)
				}
			} else if kind != "commune" && kind != "district" {
				t.Errorf("%s: offer %+v", code, o)
			}
			if level := strings.Replace(kind, "department", "province", 1); !slices.Contains(p.Levels.Value, level) {
				t.Errorf("%s: offered at %s, levels %v", code, level, p.Levels.Value)
			}
			if p.Divisions.Value[kind] == "" {
				t.Errorf("%s: no division for %s", code, kind)
			}
		}
		for kind, tag := range p.Divisions.Value {
			if !tags[kind][tag] {
				t.Errorf("%s: no division %q at %s", code, tag, kind)
			}
		}
	}
	if len(usedForms) != len(formKeys()) || len(usedProcesses) != len(processKeys()) || len(usedEvents) != len(eventKeys()) {
		t.Errorf("unused: forms %v, processes %v, events %v", usedForms, usedProcesses, usedEvents)
	}
	if special < 15 {
		t.Errorf("%d procedures with a form of their own, want at least 15", special)
	}
}
