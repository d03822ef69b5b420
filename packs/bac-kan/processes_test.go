package backan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/engine/bpmn"
)

// readProcesses parses every process of the pack, by key.
func readProcesses(t *testing.T) map[string]*bpmn.Definition {
	t.Helper()
	files, err := filepath.Glob("processes/*.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*bpmn.Definition{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := bpmn.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".bpmn")] = d
	}
	return out
}

// Every process is used by a procedure or named as a template, runs, and is drawn by hand.
func TestProcessesRun(t *testing.T) {
	all := readProcesses(t)
	known := append(processKeys(), templateKeys()...)
	for _, key := range known {
		if all[key] == nil {
			t.Errorf("no process %s", key)
		}
	}
	for key, d := range all {
		if !slices.Contains(known, key) {
			t.Errorf("%s is neither used nor named as a template", key)
		}
		for _, p := range d.Check() {
			t.Errorf("%s: %s: %s", key, p.Element, p.Text("en"))
		}
		if d.AutoLayout {
			t.Errorf("%s has no diagram of its own", key)
		}
	}
}

// A process that a procedure uses has what the law gives an applicant: papers are asked for with the
// clock standing, a refusal has a reason, a result is signed, numbered and handed over.
func TestProcessesAreWhole(t *testing.T) {
	all := readProcesses(t)
	for _, key := range processKeys() {
		d := all[key]
		has := map[string]bool{}
		for i := range d.Nodes {
			n := &d.Nodes[i]
			has["action "+n.Action] = true
			if n.Type == bpmn.TypeEnd {
				has["end "+string(rune('0'+n.Status%10))] = true
			}
			if n.Action == "supplement" && (n.Status != 5 || d.LaneOf(n).Role != bpmn.RoleApplicant) {
				t.Errorf("%s: %s does not wait for the applicant with status 5", key, n.ID)
			}
			if n.Action == "pay" && n.Status != 6 {
				t.Errorf("%s: %s does not stop the clock by status 6", key, n.ID)
			}
			if n.Name != "" && n.NameEn == "" {
				t.Errorf("%s: %s has no English name", key, n.ID)
			}
			for _, o := range n.Outcomes {
				if o.NameEn == "" || (o.Kind == bpmn.OutcomeRefuse || o.Kind == bpmn.OutcomeBack) && !o.NeedsNote {
					t.Errorf("%s: outcome %s of %s has no English name, or needs no reason", key, o.Key, n.ID)
				}
			}
		}
		for _, want := range []string{"action receive", "action supplement", "action approve", "action number", "action return", "end 3", "end 8", "end 0"} {
			if !has[want] {
				t.Errorf("%s has no %s", key, want)
			}
		}
	}
	for _, key := range []string{"bien-dong-dat-dai", "tach-hop-thua", "cap-giay-chung-nhan-lan-dau"} {
		if !slices.ContainsFunc(all[key].Nodes, func(n bpmn.Node) bool { return n.Action == "pay" }) {
			t.Errorf("%s knows no financial duty", key)
		}
	}
	// Two interlinked processes reach over three agencies or more.
	for _, key := range []string{"lien-thong-khai-sinh", "lien-thong-khai-tu", "lien-thong-xa-huyen-tinh"} {
		places := map[string]bool{}
		for _, l := range all[key].Lanes {
			switch {
			case l.Division == "cong-an": // the commune's police are an agency of their own
				places["police"] = true
			case l.Agency != "":
				places[l.Agency] = true
			}
		}
		if len(places) < 3 {
			t.Errorf("%s: agencies %v", key, places)
		}
	}
}

// Every lane means an agency of the pack, its division, and a role that a demo official holds there.
func TestLanesHaveHolders(t *testing.T) {
	units := map[string]unit{}
	for _, u := range readOrg(t).Units {
		units[u.Key] = u
	}
	var people peopleFile
	read(t, "demo/people.json", &people)
	held := map[string]bool{} // role@unit, and role@agency for all of it
	for _, p := range people.Positions {
		for _, r := range p.Roles {
			held[r+"@"+p.Unit] = true
			if units[p.Unit].Kind == "division" && r != "leader" {
				held[r+"@"+units[p.Unit].Parent] = true
			}
		}
	}
	all := readProcesses(t)
	for _, p := range readProcedures(t) {
		offers := []string{}
		for _, o := range p.Offers {
			switch {
			case o.Unit != "":
				offers = append(offers, o.Unit)
			case o.Kind == "commune":
				offers = append(offers, "xa-02020")
			case o.Kind == "district":
				offers = append(offers, "huyen-cho-don")
			}
		}
		place := func(wiring, offer string) string {
			if wiring == "superior" {
				return units[offer].Parent
			}
			if key, ok := strings.CutPrefix(wiring, "unit:"); ok {
				return key
			}
			return offer
		}
		for _, offer := range offers {
			reception, decision := place(p.Wiring.Reception, offer), place(p.Wiring.Decision, offer)
			for _, l := range all[p.Process].Lanes {
				if l.Role == bpmn.RoleApplicant {
					continue
				}
				agency := reception
				switch {
				case l.Agency == bpmn.AgencyDecision:
					agency = decision
				case l.Agency == bpmn.AgencySuperior:
					agency = units[reception].Parent
				case strings.HasPrefix(l.Agency, bpmn.AgencyUnit):
					agency = strings.TrimPrefix(l.Agency, bpmn.AgencyUnit)
				}
				if units[agency].Key == "" {
					t.Errorf("%s, %s: lane %s leads to %q", p.Code.Value, p.Process, l.ID, agency)
					continue
				}
				division := l.Division
				if division == "" && (l.Role == "specialist" || l.Role == "division_head") {
					division = p.Divisions.Value[units[agency].Kind]
				}
				at := agency
				if _, ok := units[agency+"."+division]; ok {
					at = agency + "." + division
				} else if l.Division != "" {
					t.Errorf("%s, %s: %s has no division %s", p.Code.Value, p.Process, agency, l.Division)
				}
				if !held[l.Role+"@"+at] && !held[l.Role+"@"+agency] {
					t.Errorf("%s, %s: nobody is %s at %s", p.Code.Value, p.Process, l.Role, at)
				}
			}
		}
	}
}

// crossing reports whether an upright and a level stretch cross away from their ends; lines that
// leave or enter a node together share a stretch and do not cross.
func crossing(a, b, c, d bpmn.Point) bool {
	if a.X != b.X {
		a, b, c, d = c, d, a, b
	}
	return a.X == b.X && c.Y == d.Y && min(c.X, d.X)+1 < a.X && a.X < max(c.X, d.X)-1 && min(a.Y, b.Y)+1 < c.Y && c.Y < max(a.Y, b.Y)-1
}

// No line of a process that a procedure uses crosses another.
func TestLinesDoNotCross(t *testing.T) {
	all := readProcesses(t)
	for _, key := range processKeys() {
		d := all[key]
		for i := range d.Flows {
			for j := range i {
				p, q := d.Flows[i].Points, d.Flows[j].Points
				for k := 1; k < len(p); k++ {
					for l := 1; l < len(q); l++ {
						if crossing(p[k-1], p[k], q[l-1], q[l]) {
							t.Errorf("%s: %s crosses %s", key, d.Flows[i].ID, d.Flows[j].ID)
						}
					}
				}
			}
		}
	}
}
