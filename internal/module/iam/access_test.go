package iam_test

import (
	"slices"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/org"
)

// What each role gives from each kind of place, written out.
func TestGrants(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		tr, err := h.Org.Tree(t.Context())
		must(t, err)
		tests := []struct {
			role, unit string
			perm       string
			at         []string // agencies where the permission is held; "*" means everywhere
			inUnit     string   // the division it is limited to
		}{
			{"receiver", "huyen.mot-cua", iam.DossierReceive, []string{"huyen"}, "huyen.mot-cua"},
			{"receiver", "xa-1", iam.DossierReceive, []string{"xa-1"}, ""},
			{"receiver", "xa-1", iam.DossierProcess, nil, ""},
			{"cashier", "huyen.mot-cua", iam.FeeCollect, []string{"huyen"}, "huyen.mot-cua"},
			{"specialist", "xa-1", iam.DossierProcess, []string{"xa-1"}, ""},
			{"specialist", "xa-1", iam.DossierAssign, nil, ""},
			{"division_head", "huyen.mot-cua", iam.DossierAssign, []string{"huyen"}, "huyen.mot-cua"},
			{"leader", "huyen", iam.DossierApprove, []string{"huyen"}, ""},
			{"clerk", "xa-2", iam.DossierNumber, []string{"xa-2"}, ""},
			{"unit_admin", "huyen.mot-cua", iam.OrgEdit, []string{"huyen", "xa-1", "xa-2"}, ""},
			{"unit_admin", "xa-1", iam.IAMEdit, []string{"xa-1"}, ""},
			{"unit_admin", "xa-1", iam.DossierRead, nil, ""},
			{"controller", "vp-ubnd", iam.DossierRead, []string{"*"}, ""},
			{"controller", "tinh", iam.ProcedureEdit, []string{"*"}, ""},
			{"controller", "huyen", iam.StatsRead, []string{"huyen", "xa-1", "xa-2"}, ""},
			{"province_admin", "tinh", iam.ProcedurePublish, []string{"*"}, ""},
			{"province_admin", "tinh", iam.DossierRead, nil, ""},
			{"auditor", "vp-ubnd", iam.LedgerRead, []string{"*"}, ""},
			{"king", "tinh", iam.LedgerRead, nil, ""},
		}
		for _, tt := range tests {
			t.Run(tt.role+" at "+tt.unit+" "+tt.perm, func(t *testing.T) {
				held := []org.Holding{{Position: org.Position{Unit: h.Unit(tt.unit).ID, Roles: []string{tt.role}}}}
				a := actor.Actor{Kind: actor.Staff, Grants: iam.GrantsOf(tr, held)}
				for _, u := range tr.Units() {
					if u.Kind == org.Division {
						continue
					}
					want := slices.Contains(tt.at, u.Key) || slices.Contains(tt.at, "*")
					if got := a.MayAt(tt.perm, u.ID); got != want {
						t.Errorf("at %s: %v", u.Key, got)
					}
				}
				if len(tt.at) == 1 && tt.at[0] != "*" {
					units, whole := a.Units(tt.perm, h.Unit(tt.at[0]).ID)
					if tt.inUnit == "" != whole || tt.inUnit != "" && (len(units) != 1 || units[0] != h.Unit(tt.inUnit).ID) {
						t.Errorf("limited to %v, whole %v", units, whole)
					}
				}
			})
		}
		for _, r := range iam.Roles() {
			for _, p := range r.Perms {
				if !slices.Contains(iam.Permissions(), p) {
					t.Errorf("%s gives %s, which is not on the access list", r.Key, p)
				}
			}
		}
	})
}

// Rights come with a position's first day and go with its last, in every session.
func TestGrantsFollowPositions(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		acc := h.Official("nga", "huyen.mot-cua", "receiver")
		o := h.Enter("nga")
		a := h.As(o)
		if a.Agency != h.Unit("huyen").ID || a.Unit != h.Unit("huyen.mot-cua").ID || a.Title != "Chức danh huyen.mot-cua" || !a.HasRole("receiver") {
			t.Errorf("%+v", a)
		}
		if !a.MayAt(iam.DossierReceive, h.Unit("huyen").ID) || a.MayAt(iam.DossierReceive, h.Unit("xa-1").ID) {
			t.Error("wrong place")
		}
		// A second position from tomorrow on, for one day.
		pos, err := h.Org.AddPosition(t.Context(), iamtest.ProvinceAdmin(), org.NewPosition{Unit: h.Unit("xa-1").ID, Title: "Lãnh đạo", Roles: []string{"leader"}, From: civil.Must("2021-06-16")})
		must(t, err)
		end := civil.Must("2021-06-17")
		must(t, h.Org.Assign(t.Context(), iamtest.ProvinceAdmin(), org.Assignment{Person: acc.Person, Position: pos, From: civil.Must("2021-06-16"), To: &end}))
		may := func() bool { return h.As(o).MayAt(iam.DossierApprove, h.Unit("xa-1").ID) }
		if may() {
			t.Error("a right of tomorrow counts today")
		}
		h.Clock.Set("2021-06-15 15:59") // within the session's eight hours
		if h.As(o).Kind != actor.Staff {
			t.Fatal("session over")
		}
		h.Clock.Set("2021-06-15 23:58")
		if may() {
			t.Error("a right of tomorrow counts today")
		}
		h.Clock.Set("2021-06-16 00:00")
		if !may() {
			t.Error("the right did not begin")
		}
		h.Clock.Set("2021-06-16 06:00")
		may()
		h.Clock.Set("2021-06-16 13:00")
		may()
		h.Clock.Set("2021-06-16 20:00")
		may()
		h.Clock.Set("2021-06-17 00:00")
		if h.As(o).Kind != actor.Staff || may() {
			t.Error("the right did not end")
		}
		// An administrator ends the first one; no new sign-in is needed.
		held, err := h.Org.Holdings(t.Context(), acc.Person, civil.Must("2021-06-17"))
		must(t, err)
		must(t, h.Org.EndHolding(t.Context(), iamtest.ProvinceAdmin(), acc.Person, held[0].Position.ID, civil.Must("2021-06-17")))
		if a := h.As(o); a.Kind != actor.Staff || len(a.Grants) != 0 || len(a.Roles) != 0 {
			t.Errorf("%+v", a)
		}
	})
}

// Who may manage whose account: the record and the list must say the same.
func TestReach(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		accounts := map[string]iam.Account{
			"local":  h.Official("local", "xa-1", "receiver"),
			"both":   h.Official("both", "xa-1", "receiver"),
			"next":   h.Official("next", "xa-2", "leader"),
			"wide":   h.Official("wide", "xa-1", "province_admin"),
			"homer":  h.Official("homer", "", ""),
			"xadmin": h.Official("xadmin", "xa-1", "unit_admin"),
			"hadmin": h.Official("hadmin", "huyen.mot-cua", "unit_admin"),
			"padmin": h.Official("padmin", "tinh", "province_admin"),
		}
		h.Assign(accounts["both"].Person, "xa-2", nil, "receiver")
		must(t, h.Org.EndHolding(t.Context(), iamtest.ProvinceAdmin(), accounts["both"].Person, h.Assign(accounts["both"].Person, "tinh", nil, "leader"), civil.Must("2021-06-01")))
		citizen := h.Citizen("0912345678").Account
		accounts["citizen"] = citizen
		want := map[string][]string{
			"xadmin": {"local", "xadmin"},
			"hadmin": {"both", "hadmin", "local", "next", "xadmin"},
			"padmin": {"both", "citizen", "hadmin", "homer", "local", "next", "padmin", "wide", "xadmin"},
			"local":  nil,
		}
		for who, may := range want {
			a := h.As(h.Enter(who))
			for name, acc := range accounts {
				_, err := h.Detail(t.Context(), a, acc.ID)
				if got := err == nil; got != slices.Contains(may, name) {
					t.Errorf("%s about %s: %v", who, name, err)
				} else if err != nil {
					refused(t, err, fault.NotFound, "iam.account_unknown")
				}
			}
			var listed []string
			for _, kind := range []iam.AccountKind{iam.Staff, iam.Citizen} {
				for after := ""; ; {
					p, err := h.Accounts(t.Context(), a, iam.AccountFilter{Kind: kind, After: after, Limit: 2})
					if len(may) == 0 {
						refused(t, err, fault.Forbidden, "iam.may_not")
						break
					}
					must(t, err)
					for _, acc := range p.Accounts {
						for name, x := range accounts {
							if x.ID == acc.ID {
								listed = append(listed, name)
							}
						}
					}
					if after = p.Next; after == "" {
						break
					}
				}
			}
			slices.Sort(listed)
			if !slices.Equal(listed, may) {
				t.Errorf("%s lists %v, want %v", who, listed, may)
			}
		}
		x := h.As(h.Enter("xadmin"))
		_, err := h.ResetPassword(t.Context(), x, accounts["wide"].ID, accounts["wide"].Version)
		refused(t, err, fault.NotFound, "iam.account_unknown")
		refused(t, h.SetStatus(t.Context(), x, accounts["xadmin"].ID, accounts["xadmin"].Version, iam.Locked), fault.Conflict, "iam.not_oneself")
		_, _, err = h.CreateStaff(t.Context(), x, iam.NewStaff{Person: accounts["next"].Person, Login: "khac"})
		refused(t, err, fault.Forbidden, "iam.out_of_reach")
		refused(t, h.EndSessions(t.Context(), x, accounts["next"].ID), fault.NotFound, "iam.account_unknown")

		// Locking ends what is open and refuses what comes, telling so only after a right password.
		o := h.Enter("local")
		must(t, h.SetStatus(t.Context(), x, accounts["local"].ID, accounts["local"].Version, iam.Locked))
		refused(t, h.SetStatus(t.Context(), x, accounts["local"].ID, accounts["local"].Version, iam.Active), fault.Conflict, "iam.changed_meanwhile")
		if h.As(o).Kind != actor.Anonymous {
			t.Error("a locked account's session still works")
		}
		_, err = h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "local", Password: iamtest.PasswordOf("local")}, iam.Device{})
		refused(t, err, fault.Forbidden, "iam.account_locked")
		_, err = h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "local", Password: "sai rồi"}, iam.Device{})
		refused(t, err, fault.Invalid, "iam.password_wrong")
		dt, err := h.Detail(t.Context(), x, accounts["local"].ID)
		must(t, err)
		must(t, h.SetStatus(t.Context(), x, accounts["local"].ID, dt.Account.Version, iam.Active))
		h.Enter("local")
	})
}

func TestAccountSearch(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("motcua.huyen", "huyen.mot-cua", "receiver")
		h.Official("tuphap_xa", "xa-1", "specialist")
		h.Citizen("0912345678")
		for q, want := range map[string]int{"motcua": 1, "MOTCUA.H": 1, "can bo": 2, "cán  bộ": 2, "%": 0, "tuphap_": 1, "tuphap%": 1, "không có": 0} {
			p, err := h.Accounts(t.Context(), iamtest.ProvinceAdmin(), iam.AccountFilter{Query: q})
			must(t, err)
			if len(p.Accounts) != want {
				t.Errorf("%q finds %d, want %d", q, len(p.Accounts), want)
			}
		}
		p, err := h.Accounts(t.Context(), iamtest.ProvinceAdmin(), iam.AccountFilter{Kind: iam.Citizen, Query: "345 678"})
		must(t, err)
		if len(p.Accounts) != 1 {
			t.Errorf("a citizen's number finds %d", len(p.Accounts))
		}
		if _, err := h.Accounts(t.Context(), iamtest.ProvinceAdmin(), iam.AccountFilter{After: "x|y"}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a forged cursor: %v", err)
		}
	})
}

func TestTokens(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("nga", "huyen.mot-cua", "receiver")
		me := h.As(h.Enter("nga"))
		for name, in := range map[string]struct {
			scopes []string
			life   time.Duration
		}{"": {[]string{iam.DossierRead}, time.Hour}, "a": {nil, time.Hour}, "b": {[]string{"*"}, time.Hour}, "c": {[]string{"dossier"}, time.Hour},
			"d": {[]string{"king.*"}, time.Hour}, "e": {[]string{iam.DossierRead}, time.Minute}, "f": {[]string{iam.DossierRead}, 400 * 24 * time.Hour}} {
			_, _, err := h.IssueToken(t.Context(), me, name, in.scopes, in.life)
			refused(t, err, fault.Invalid, "iam.input")
		}
		secret, tok, err := h.IssueToken(t.Context(), me, "Máy quét", []string{"dossier.*", iam.OrgEdit}, 24*time.Hour)
		must(t, err)
		a := h.Bearer(secret)
		if a.Kind != actor.Token || !a.May(iam.DossierReceive) || a.May(iam.OrgEdit) || a.Session != tok.ID {
			t.Errorf("%+v", a)
		}
		if h.As(iam.Outcome{Token: secret}).Kind != actor.Anonymous {
			t.Error("a token works as a cookie")
		}
		_, _, err = h.IssueToken(t.Context(), a, "con", []string{iam.DossierRead}, time.Hour)
		refused(t, err, fault.Forbidden, "iam.may_not")
		list, err := h.Tokens(t.Context(), me)
		must(t, err)
		if len(list) != 1 || list[0].Name != "Máy quét" || list[0].Seen.IsZero() {
			t.Errorf("%+v", list)
		}
		h.Official("lan", "xa-1", "receiver")
		refused(t, h.RevokeToken(t.Context(), h.As(h.Enter("lan")), tok.ID), fault.NotFound, "iam.token_unknown")
		must(t, h.RevokeToken(t.Context(), me, tok.ID))
		if h.Bearer(secret).Kind != actor.Anonymous {
			t.Error("a revoked token works")
		}
		secret, _, err = h.IssueToken(t.Context(), me, "Ngắn hạn", []string{iam.DossierRead}, time.Hour)
		must(t, err)
		h.Clock.Move(time.Hour)
		if h.Bearer(secret).Kind != actor.Anonymous {
			t.Error("an expired token works")
		}
	})
}

func TestIdentities(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("nga", "huyen.mot-cua", "receiver")
		h.Official("chuyen", "huyen", "specialist")
		counter := h.As(h.Enter("nga"))
		first, second := h.Citizen("0912345678"), h.Citizen("0912345679")
		card := iam.Identity{DocKind: "cccd", DocNumber: "006191000101", Name: "Hoàng Thị Dung"}

		// Declaring links nothing, however often the same number is declared.
		for _, o := range []iam.Outcome{first, second} {
			must(t, h.Declare(t.Context(), h.As(o), card))
			if a := h.As(o); a.Assurance != iam.AssuranceDeclared || a.Name != card.Name {
				t.Errorf("%+v", a)
			}
		}
		if _, err := h.VerifiedAccount(t.Context(), "cccd", card.DocNumber); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a declared number is found: %v", err)
		}
		refused(t, h.LinkVerified(t.Context(), h.As(first), first.Account.ID, card), fault.Forbidden, "iam.may_not")
		refused(t, h.LinkVerified(t.Context(), h.As(h.Enter("chuyen")), first.Account.ID, card), fault.Forbidden, "iam.may_not")
		must(t, h.LinkVerified(t.Context(), counter, first.Account.ID, card))
		if h.As(first).Assurance != iam.AssuranceCard {
			t.Error("the assurance was not raised")
		}
		refused(t, h.Declare(t.Context(), h.As(first), iam.Identity{DocKind: "cccd", DocNumber: "006191000999", Name: "Ai Khác"}), fault.Conflict, "iam.identity_checked")
		got, err := h.VerifiedAccount(t.Context(), "cccd", card.DocNumber)
		must(t, err)
		if got != first.Account.ID {
			t.Error("the card leads to another account")
		}
		refused(t, h.LinkVerified(t.Context(), counter, second.Account.ID, card), fault.Conflict, "iam.identity_taken")
		must(t, h.MoveVerified(t.Context(), counter, second.Account.ID, card))
		if h.As(first).Assurance != iam.AssuranceContact || h.As(second).Assurance != iam.AssuranceCard {
			t.Error("the card did not move")
		}
		ds, err := h.Identities(t.Context(), counter, second.Account.ID)
		must(t, err)
		if len(ds) != 1 || ds[0].How != "card" || ds[0].VerifiedBy != counter.Account {
			t.Errorf("%+v", ds)
		}
		if _, err := h.Identities(t.Context(), h.As(first), second.Account.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("somebody else's identity: %v", err)
		}
		for _, bad := range []iam.Identity{{DocKind: "cccd", DocNumber: "123", Name: "x"}, {DocKind: "thẻ", DocNumber: "006191000101", Name: "x"}, {DocKind: "cccd", DocNumber: "006191000101"}} {
			refused(t, h.LinkVerified(t.Context(), counter, first.Account.ID, bad), fault.Invalid, "iam.input")
		}
	})
}

func TestFirstAdministrator(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		lost, created, err := h.FirstAdminLink(t.Context())
		must(t, err)
		if !created {
			t.Fatal("no link on an empty system")
		}
		link, _, err := h.FirstAdminLink(t.Context())
		must(t, err)
		prefix := "http://127.0.0.1:8080" + iam.SetupPath + "?t="
		if len(link) <= len(prefix) || link[:len(prefix)] != prefix || link == lost {
			t.Fatalf("%q %q", link, lost)
		}
		token := link[len(prefix):]
		refused(t, h.SetupOpen(t.Context(), token+"x"), fault.NotFound, "iam.setup_void")
		in := iam.FirstAdmin{Token: token, Name: "Nông Quốc Việt", Login: "quantri", Password: "ngắn"}
		_, err = h.CreateFirstAdmin(t.Context(), iamtest.Visitor(), in)
		refused(t, err, fault.Invalid, "iam.password_short")
		in.Password = "một câu thật dài dễ nhớ"
		o, err := h.CreateFirstAdmin(t.Context(), iamtest.Visitor(), in)
		must(t, err)
		a := h.As(o)
		if _, all := a.Agencies(iam.IAMEdit); !all || a.Name != in.Name {
			t.Errorf("%+v", a)
		}
		_, err = h.CreateFirstAdmin(t.Context(), iamtest.Visitor(), in)
		refused(t, err, fault.NotFound, "iam.setup_void")
		refused(t, h.SetupOpen(t.Context(), lost[len(prefix):]), fault.NotFound, "iam.setup_void")
		if _, created, err := h.FirstAdminLink(t.Context()); created || err != nil {
			t.Errorf("a second link: %v %v", created, err)
		}
	})
}

func TestSetupLinkExpires(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		link, _, err := h.FirstAdminLink(t.Context())
		must(t, err)
		h.Clock.Move(24*time.Hour + time.Second)
		refused(t, h.SetupOpen(t.Context(), link[len(link)-43:]), fault.NotFound, "iam.setup_void")
	})
}

func TestDemo(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.Bare(t, d)
		_, err := h.Org.ImportPack(t.Context(), packOrg(t))
		must(t, err)
		list, err := h.ImportDemo(t.Context(), people(t), "xem thử liên thông")
		must(t, err)
		if len(list) < 30 {
			t.Errorf("%d accounts", len(list))
		}
		before, err := h.Accounts(t.Context(), iamtest.ProvinceAdmin(), iam.AccountFilter{Limit: 200})
		must(t, err)
		_, err = h.ImportDemo(t.Context(), people(t), "xem thử liên thông")
		must(t, err)
		after, err := h.Accounts(t.Context(), iamtest.ProvinceAdmin(), iam.AccountFilter{Limit: 200})
		must(t, err)
		if len(before.Accounts) != len(after.Accounts) {
			t.Errorf("a second import made %d accounts of %d", len(after.Accounts), len(before.Accounts))
		}
		for _, x := range list {
			if x.Login == "" {
				continue
			}
			o, err := h.SignIn(t.Context(), actor.Actor{IP: "192.0.2.1"}, iam.Password{Login: x.Login, Password: "xem thử liên thông"}, iam.Device{})
			must(t, err)
			a := h.As(o)
			if a.Kind != actor.Staff || len(a.Grants) == 0 || a.Title == "" || len(a.Roles) != len(x.Roles) {
				t.Errorf("%s: %+v", x.Login, a)
			}
		}
		tr, err := h.Org.Tree(t.Context())
		must(t, err)
		commune, _ := tr.ByKey("xa-02020")
		cs, err := h.Colleagues(t.Context(), tr.Subtree(commune.ID), "specialist")
		must(t, err)
		if len(cs) < 3 || cs[0].Account == (id.ID{}) {
			t.Errorf("%+v", cs)
		}
		names, err := h.Names(t.Context(), []id.ID{cs[0].Account, {1}})
		must(t, err)
		if len(names) != 1 || names[cs[0].Account] != cs[0].Name {
			t.Errorf("%v", names)
		}
		_, err = h.ImportDemo(t.Context(), []byte(`{"positions":[]}`), "x")
		refused(t, err, fault.Invalid, "iam.demo_only")
	})
}
