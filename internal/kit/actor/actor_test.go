package actor

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lienthong/internal/kit/id"
)

var (
	communeA = id.ID{1}
	communeB = id.ID{2}
	counter  = id.ID{9}
)

func TestMay(t *testing.T) {
	receive := []Grant{{Perm: "dossier.receive", Agency: communeA}}
	tests := []struct {
		name string
		a    Actor
		perm string
		want bool
	}{
		{"anonymous reads public pages", Actor{}, PermPublic, true},
		{"anonymous is not signed in", Actor{}, PermSignedIn, false},
		{"the zero kind holds no grant", Actor{}, "dossier.receive", false},
		{"citizen is signed in", Actor{Kind: Citizen}, PermSignedIn, true},
		{"citizen is not staff", Actor{Kind: Citizen}, PermStaff, false},
		{"staff is not a citizen", Actor{Kind: Staff}, PermCitizen, false},
		{"staff without a grant", Actor{Kind: Staff}, "dossier.receive", false},
		{"staff with a grant", Actor{Kind: Staff, Grants: receive}, "dossier.receive", true},
		{"another permission", Actor{Kind: Staff, Grants: receive}, "dossier.approve", false},
		{"empty permission opens nothing", Actor{Kind: Staff, Grants: []Grant{{}}}, "", false},
		{"empty permission opens nothing to the system", System("x"), "", false},
		{"system", System("outbox"), "dossier.receive", true},
		{"system is no official", System("outbox"), PermStaff, false},
		{"token without scopes", Actor{Kind: Token, Grants: receive}, "dossier.receive", false},
		{"token in scope", Actor{Kind: Token, Grants: receive, Scopes: []string{"dossier.receive"}}, "dossier.receive", true},
		{"token with a family of scopes", Actor{Kind: Token, Grants: receive, Scopes: []string{"dossier.*"}}, "dossier.receive", true},
		{"a bare star is no scope", Actor{Kind: Token, Grants: receive, Scopes: []string{"*"}}, "dossier.receive", false},
		{"a star after half a word is no scope", Actor{Kind: Token, Grants: receive, Scopes: []string{"dos*"}}, "dossier.receive", false},
		{"a scope grants nothing by itself", Actor{Kind: Token, Scopes: []string{"dossier.*"}}, "dossier.receive", false},
		{"token is signed in", Actor{Kind: Token}, PermSignedIn, true},
	}
	for _, tt := range tests {
		if got := tt.a.May(tt.perm); got != tt.want {
			t.Errorf("%s: May(%q) = %v", tt.name, tt.perm, got)
		}
	}
}

func TestMayAt(t *testing.T) {
	a := Actor{Kind: Staff, Grants: []Grant{
		{Perm: "p", Agency: communeA, Unit: counter}, {Perm: "q", All: true}, {Perm: "broken"},
	}}
	tests := []struct {
		perm   string
		agency id.ID
		want   bool
	}{
		{"p", communeA, true}, {"p", communeB, false}, {"p", id.ID{}, false},
		{"q", communeB, true}, {"q", id.ID{}, true},
		{"broken", id.ID{}, false}, // a grant without a place must not match a record without one
		{"", communeA, false}, {PermPublic, communeA, false}, {PermStaff, communeA, false},
	}
	for _, tt := range tests {
		if got := a.MayAt(tt.perm, tt.agency); got != tt.want {
			t.Errorf("MayAt(%q, %s) = %v", tt.perm, tt.agency, got)
		}
	}
	if !System("x").MayAt("p", communeB) {
		t.Error("the system acts everywhere")
	}
}

func TestUnits(t *testing.T) {
	a := Actor{Kind: Staff, Grants: []Grant{{Perm: "p", Agency: communeA, Unit: counter}}}
	if u, whole := a.Units("p", communeA); whole || !slices.Equal(u, []id.ID{counter}) {
		t.Errorf("limited grant: %v %v", u, whole)
	}
	if u, whole := a.Units("p", communeB); whole || u != nil {
		t.Errorf("elsewhere: %v %v", u, whole)
	}
	a.Grants = append(a.Grants, Grant{Perm: "p", Agency: communeA})
	if u, whole := a.Units("p", communeA); !whole || u != nil {
		t.Errorf("whole agency: %v %v", u, whole)
	}
	if _, whole := System("x").Units("p", communeA); !whole {
		t.Error("the system is limited to no division")
	}
}

// A list filtered by Agencies must show exactly the records MayAt allows.
func TestListsAgreeWithRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{"", Anonymous, Citizen, Staff, Token, SystemKind}).Draw(t, "kind")
		a := Actor{Kind: kind, Scopes: rapid.SliceOfN(rapid.SampledFrom([]string{"p", "q", "*", "p.*"}), 0, 3).Draw(t, "scopes")}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			a.Grants = append(a.Grants, Grant{
				Perm:   rapid.SampledFrom([]string{"p", "q"}).Draw(t, "perm"),
				Agency: id.ID{byte(rapid.IntRange(0, 3).Draw(t, "agency"))},
				All:    rapid.IntRange(0, 9).Draw(t, "all") == 0,
			})
		}
		perm := rapid.SampledFrom([]string{"", "p", "q", PermPublic, PermStaff}).Draw(t, "asked")
		ids, all := a.Agencies(perm)
		for i := range 4 {
			agency := id.ID{byte(i)}
			if got, want := all || slices.Contains(ids, agency), a.MayAt(perm, agency); got != want {
				t.Fatalf("agency %d: list says %v, record says %v", i, got, want)
			}
			if a.MayAt(perm, agency) && !a.May(perm) {
				t.Fatalf("MayAt without May for %q", perm)
			}
		}
	})
}

func TestContext(t *testing.T) {
	if a := From(context.Background()); a.Kind != Anonymous || a.SignedIn() {
		t.Errorf("an empty context holds %+v", a)
	}
	ctx := With(context.Background(), System("outbox"))
	if a := From(ctx); a.Name != "outbox" || a.Kind != SystemKind {
		t.Errorf("got %+v", a)
	}
}
