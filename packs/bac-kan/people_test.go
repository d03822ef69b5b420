package backan_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/kit/civil"
)

type peopleFile struct {
	Demo      bool
	Note      string
	Positions []struct {
		Key, Unit, Title string
		Roles            []string
	}
	People []struct {
		Login, Name string
		Positions   []string
	}
	Citizens []struct {
		Name, Phone, Email, CCCD, Sex, Address string
		BirthDate                              string `json:"birth_date"`
		Verified                               bool
	}
}

func roleKeys() []string {
	return strings.Fields("receiver cashier specialist division_head leader clerk controller unit_admin province_admin auditor")
}

func TestPeople(t *testing.T) {
	var f peopleFile
	read(t, "demo/people.json", &f)
	if !f.Demo || !strings.Contains(f.Note, "hư cấu") {
		t.Error("the people are not marked as fictional")
	}
	units := map[string]unit{}
	for _, u := range readOrg(t).Units {
		units[u.Key] = u
	}
	// agency returns the agency that a division belongs to.
	agency := func(key string) string {
		if units[key].Kind == "division" {
			return units[key].Parent
		}
		return key
	}
	roles, held, used := map[string]map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range f.Positions {
		if _, ok := units[p.Unit]; !ok || held[p.Key] || p.Title == "" || len(p.Roles) == 0 {
			t.Errorf("position %+v", p)
		}
		held[p.Key] = true
		a := agency(p.Unit)
		if roles[a] == nil {
			roles[a] = map[string]bool{}
		}
		for _, r := range p.Roles {
			if !slices.Contains(roleKeys(), r) {
				t.Errorf("position %s: role %q", p.Key, r)
			}
			roles[a][r], used[r] = true, true
		}
	}
	if len(used) != len(roleKeys()) {
		t.Errorf("roles held by somebody: %v", used)
	}
	logins, taken := map[string]bool{}, map[string]bool{}
	for _, p := range f.People {
		if logins[p.Login] || !regexp.MustCompile(`^[a-z]+\.[a-z]+$`).MatchString(p.Login) || p.Name == "" || len(p.Positions) == 0 {
			t.Errorf("person %+v", p)
		}
		logins[p.Login] = true
		for _, k := range p.Positions {
			if !held[k] || taken[k] {
				t.Errorf("%s holds %q, which is unknown or taken", p.Login, k)
			}
			taken[k] = true
		}
	}
	if len(taken) != len(f.Positions) || len(f.People) > 60 {
		t.Errorf("%d people hold %d of %d positions", len(f.People), len(taken), len(f.Positions))
	}
	// Every agency that receives or decides in the demo can carry a dossier to its end alone.
	full := []string{"receiver", "cashier", "specialist", "division_head", "leader", "clerk"}
	districts := map[string]bool{}
	for _, a := range []string{"xa-02020", "xa-01840", "xa-01906", "huyen-cho-don", "tp-bac-kan"} {
		for _, r := range full {
			if !roles[a][r] {
				t.Errorf("%s has no %s", a, r)
			}
		}
		if units[a].Kind == "commune" {
			districts[units[a].Parent] = true
		}
	}
	if len(districts) != 3 {
		t.Errorf("the three communes lie in %d districts", len(districts))
	}
	for _, a := range []string{"so-tttt", "so-ldtbxh", "so-tu-phap", "so-gtvt"} {
		for _, r := range full[2:] {
			if !roles[a][r] {
				t.Errorf("%s has no %s", a, r)
			}
		}
	}
	if !roles["ttpvhcc"]["receiver"] || !roles["vp-ubnd"]["controller"] {
		t.Error("the provincial centre has no receiver or the provincial office no controller")
	}
}

func TestCitizens(t *testing.T) {
	var f peopleFile
	read(t, "demo/people.json", &f)
	seen := map[string]bool{}
	for _, c := range f.Citizens {
		d, err := civil.Parse(c.BirthDate)
		if err != nil {
			t.Fatal(err)
		}
		// An identity number holds the place of birth's registration (006 is Bắc Kạn), a digit for
		// century and sex, and the year of birth.
		century := d.Year()/100*2 - 38
		if c.Sex == "female" {
			century++
		} else if c.Sex != "male" {
			t.Errorf("%s: sex %q", c.Name, c.Sex)
		}
		if want := fmt.Sprintf("006%d%02d", century, d.Year()%100); len(c.CCCD) != 12 || !strings.HasPrefix(c.CCCD, want) {
			t.Errorf("%s: identity number %s does not begin with %s", c.Name, c.CCCD, want)
		}
		if seen[c.CCCD] || seen[c.Phone] || !regexp.MustCompile(`^0\d{9}$`).MatchString(c.Phone) || c.Address == "" {
			t.Errorf("citizen %+v", c)
		}
		seen[c.CCCD], seen[c.Phone] = true, true
		if c.Email != "" && !strings.HasSuffix(c.Email, "@example.com") {
			t.Errorf("%s: %s may be somebody's real address", c.Name, c.Email)
		}
	}
	if len(f.Citizens) < 6 {
		t.Errorf("%d citizens", len(f.Citizens))
	}
}
