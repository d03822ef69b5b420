package iam_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
)

func TestCitizenSignsIn(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		first := h.Citizen("0912 345 678")
		if first.Account.Kind != iam.Citizen || first.Account.Phone != "0912345678" || first.Token == "" {
			t.Fatalf("%+v", first)
		}
		a := h.As(first)
		if a.Kind != actor.Citizen || a.Account != first.Account.ID || a.Assurance != iam.AssuranceContact || a.Name != "091 *** 678" {
			t.Errorf("%+v", a)
		}
		// The same number written otherwise opens the same account.
		h.Clock.Move(2 * time.Minute)
		if again := h.Citizen("+84 912.345.678"); again.Account.ID != first.Account.ID {
			t.Error("the same number opened another account")
		}
		if mail := h.Citizen("Nguoi.Dan@Example.com"); mail.Account.ID == first.Account.ID || mail.Account.Email != "nguoi.dan@example.com" {
			t.Errorf("%+v", mail.Account)
		}
		// The session slides for 30 days and ends 30 days after its last use.
		h.Clock.Move(29 * 24 * time.Hour)
		if h.As(first).Kind != actor.Citizen {
			t.Error("the session ended within 30 days")
		}
		h.Clock.Move(29 * 24 * time.Hour)
		if h.As(first).Kind != actor.Citizen {
			t.Error("the session does not slide")
		}
		h.Clock.Move(30*24*time.Hour + time.Second)
		if h.As(first).Kind != actor.Anonymous {
			t.Error("the session did not end")
		}
	})
}

// Each row is one way to use a code; what is wrong with it must not show.
func TestCodes(t *testing.T) {
	const to = "0912345678"
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		tests := []struct {
			name string
			do   func(h iamtest.House, code string) error
			key  string // "" means right
		}{
			{"right", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, ""},
			{"with spaces", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code[:3]+" "+code[3:])
			}, ""},
			{"wrong", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, other(code))
			}, "iam.code_wrong"},
			{"empty", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, "")
			}, "iam.code_wrong"},
			{"another purpose", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "lookup", to, code)
			}, "iam.code_wrong"},
			{"another number", func(h iamtest.House, code string) error {
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", "0987654321", code)
			}, "iam.code_wrong"},
			{"after five minutes", func(h iamtest.House, code string) error {
				h.Clock.Move(5 * time.Minute)
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, "iam.code_wrong"},
			{"just before", func(h iamtest.House, code string) error {
				h.Clock.Move(5*time.Minute - time.Second)
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, ""},
			{"twice", func(h iamtest.House, code string) error {
				must(t, h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code))
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, "iam.code_wrong"},
			{"fifth try", func(h iamtest.House, code string) error {
				for range 4 {
					refused(t, h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, other(code)), fault.Invalid, "iam.code_wrong")
				}
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, ""},
			{"sixth try", func(h iamtest.House, code string) error {
				for range 5 {
					refused(t, h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, other(code)), fault.Invalid, "iam.code_wrong")
				}
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, "iam.code_wrong"},
			{"an older code", func(h iamtest.House, code string) error {
				h.Clock.Move(61 * time.Second)
				_, err := h.RequestCode(t.Context(), iamtest.Visitor(), "filing", to)
				must(t, err)
				if h.Out.Last(t, to) == code {
					return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, other(code)) // one in a million: the codes are alike
				}
				return h.CheckCode(t.Context(), iamtest.Visitor(), "filing", to, code)
			}, "iam.code_wrong"},
		}
		h := iamtest.New(t, d)
		for i, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h.Clock.Set(fmt.Sprintf("2021-07-%02d 08:00", i+1)) // a day of its own, so that limits do not add up
				_, err := h.RequestCode(t.Context(), iamtest.Visitor(), "filing", to)
				must(t, err)
				code := h.Out.Last(t, to)
				if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
					t.Fatalf("code %q", code)
				}
				err = tt.do(h, code)
				if tt.key == "" {
					must(t, err)
				} else {
					refused(t, err, fault.Invalid, tt.key)
				}
			})
		}
	})
}

func other(code string) string {
	if code == "000000" {
		return "111111"
	}
	return "000000"
}

func TestCodeLimits(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		ask := func(ip, to string) error {
			who := iamtest.Visitor()
			who.IP = ip
			_, err := h.RequestCode(t.Context(), who, iam.PurposeSignIn, to)
			return err
		}
		must(t, ask("203.0.113.7", "0912345678"))
		err := ask("203.0.113.8", "0912345678")
		refused(t, err, fault.TooMany, "iam.code_pause")
		if w := fault.As(err).Args["wait"]; w != 60 {
			t.Errorf("wait %v seconds, want 60", w)
		}
		for range 4 {
			h.Clock.Move(2 * time.Minute)
			must(t, ask("203.0.113.7", "0912345678"))
		}
		h.Clock.Move(2 * time.Minute)
		refused(t, ask("203.0.113.9", "0912345678"), fault.TooMany, "iam.too_many") // six within an hour
		h.Clock.Move(time.Hour)
		for range 5 {
			must(t, ask("203.0.113.9", "0912345678"))
			h.Clock.Move(2 * time.Minute)
		}
		h.Clock.Move(time.Hour)
		refused(t, ask("203.0.113.9", "0912345678"), fault.TooMany, "iam.too_many") // eleven within a day
		h.Clock.Set("2021-06-17 08:00")
		must(t, ask("203.0.113.9", "0912345678"))

		// One address asks for many numbers; neighbours in the same IPv6 network count as one.
		h.Clock.Set("2021-06-18 08:00")
		n := 0
		for i := range 70 {
			if ask(fmt.Sprintf("2001:db8:1:2::%x", i+1), fmt.Sprintf("09%08d", i)) == nil {
				n++
			}
		}
		if n != 60 {
			t.Errorf("%d codes for one network, want 60", n)
		}
		must(t, ask("2001:db8:1:3::1", "0900000999"))
		h.Out.Err = errors.New("the provider is down")
		refused(t, ask("198.51.100.1", "0900000998"), fault.Unavailable, "iam.not_sent")
		for _, to := range []string{"", "12345", "0123456789", "abc", "a@b", "a@@b.vn", "<x@y.vn>", "x y@z.vn", "0912345678; DROP TABLE"} {
			if err := ask("198.51.100.2", to); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v", to, err)
			}
		}
		must(t, h.Sweep(t.Context()))
	})
}

// Asking for a code must look the same with and without an account.
func TestCodeTellsNothing(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Citizen("0912345678")
		h.Clock.Move(2 * time.Minute)
		known, err1 := h.RequestCode(t.Context(), iamtest.Visitor(), iam.PurposeSignIn, "0912345678")
		unknown, err2 := h.RequestCode(t.Context(), iamtest.Visitor(), iam.PurposeSignIn, "0922345678")
		if err1 != nil || err2 != nil || known.Expires != unknown.Expires || len(known.To) != len(unknown.To) {
			t.Errorf("%+v %v, %+v %v", known, err1, unknown, err2)
		}
	})
}

func TestStaffSignIn(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("nga", "huyen.mot-cua", "receiver")
		try := func(login, password, ip string) error {
			who := iamtest.Visitor()
			who.IP = ip
			_, err := h.SignIn(t.Context(), who, iam.Password{Login: login, Password: password}, iam.Device{})
			return err
		}
		must(t, try(" NGA ", iamtest.PasswordOf("nga"), "203.0.113.7"))

		// Known and unknown logins answer with the same words, also when they must wait.
		a, b := try("nga", "không phải", "203.0.113.7"), try("khong.co", "không phải", "203.0.113.7")
		if diff := cmp.Diff(a.Error(), b.Error()); diff != "" {
			t.Error(diff)
		}
		refused(t, a, fault.Invalid, "iam.password_wrong")
		for range 4 {
			refused(t, try("nga", "không phải", "203.0.113.7"), fault.Invalid, "iam.password_wrong")
			refused(t, try("khong.co", "không phải", "203.0.113.7"), fault.Invalid, "iam.password_wrong")
		}
		a, b = try("nga", "không phải", "203.0.113.7"), try("khong.co", "không phải", "203.0.113.7")
		refused(t, a, fault.TooMany, "iam.wait")
		refused(t, b, fault.TooMany, "iam.wait")
		if diff := cmp.Diff(fault.As(a).Args, fault.As(b).Args); diff != "" {
			t.Error(diff)
		}
		// While it waits even the right password is refused, but not from another network.
		refused(t, try("nga", iamtest.PasswordOf("nga"), "203.0.113.7"), fault.TooMany, "iam.wait")
		must(t, try("nga", iamtest.PasswordOf("nga"), "198.51.100.1"))
		// The wait grows: one minute, then two, at most fifteen.
		for _, minutes := range []int{1, 2, 4, 8, 15, 15} {
			h.Clock.Move(time.Duration(minutes)*time.Minute - time.Second)
			refused(t, try("khong.co", "không phải", "203.0.113.7"), fault.TooMany, "iam.wait")
			h.Clock.Move(time.Second)
			refused(t, try("khong.co", "không phải", "203.0.113.7"), fault.Invalid, "iam.password_wrong")
		}
		// A right password after the wait forgets the wrong ones.
		h.Clock.Move(time.Hour)
		must(t, try("nga", iamtest.PasswordOf("nga"), "203.0.113.7"))
		for range 4 {
			refused(t, try("nga", "không phải", "203.0.113.7"), fault.Invalid, "iam.password_wrong")
		}
		must(t, try("nga", iamtest.PasswordOf("nga"), "203.0.113.7"))
		// From many networks the login waits, too.
		for i := range 20 {
			refused(t, try("nga", "không phải", fmt.Sprintf("192.0.2.%d", i)), fault.Invalid, "iam.password_wrong")
		}
		refused(t, try("nga", iamtest.PasswordOf("nga"), "192.0.2.99"), fault.TooMany, "iam.wait")
	})
}

// Many guesses at the same moment are counted one by one.
func TestConcurrentGuesses(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("nga", "huyen.mot-cua", "receiver")
		var judged atomic.Int32
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				_, err := h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "nga", Password: "đoán mò thôi"}, iam.Device{})
				if fault.KindOf(err) == fault.Invalid {
					judged.Add(1)
				}
			})
		}
		wg.Wait()
		if n := judged.Load(); n != 5 {
			t.Errorf("%d guesses were judged, want 5", n)
		}
		_, err := h.RequestCode(t.Context(), iamtest.Visitor(), "filing", "0912345678")
		must(t, err)
		code := h.Out.Last(t, "0912345678")
		var right atomic.Int32
		for range 8 {
			wg.Go(func() {
				if h.CheckCode(t.Context(), iamtest.Visitor(), "filing", "0912345678", code) == nil {
					right.Add(1)
				}
			})
		}
		wg.Wait()
		if right.Load() != 1 {
			t.Errorf("one code was good %d times", right.Load())
		}
	})
}

func TestStaffSessions(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		acc := h.Official("nga", "huyen.mot-cua", "receiver")
		one := h.Enter("nga")
		h.Clock.Move(time.Minute)
		two := h.Enter("nga")
		me := h.As(one)
		list, err := h.Sessions(t.Context(), me, acc.ID)
		must(t, err)
		if len(list) != 3 || list[0].ID != two.Session.ID || list[0].IP != "203.0.113.0/24" || list[0].UA != "thử" {
			t.Errorf("%+v", list)
		}
		// Eight hours after the last use it ends; every use moves the end.
		h.Clock.Move(7 * time.Hour)
		if h.As(one).Kind != actor.Staff {
			t.Error("ended early")
		}
		h.Clock.Move(7 * time.Hour)
		if h.As(one).Kind != actor.Staff {
			t.Error("does not slide")
		}
		if h.As(two).Kind != actor.Anonymous {
			t.Error("the unused session did not end")
		}
		three := h.Enter("nga")
		must(t, h.EndSession(t.Context(), h.As(one), three.Session.ID))
		if h.As(three).Kind != actor.Anonymous {
			t.Error("an ended session still works")
		}
		h.Official("lan", "xa-1", "receiver")
		stranger := h.As(h.Enter("lan"))
		refused(t, h.EndSession(t.Context(), stranger, one.Session.ID), fault.NotFound, "iam.session_unknown")
		if _, err := h.Sessions(t.Context(), stranger, acc.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("somebody else's sessions: %v", err)
		}
		four := h.Enter("nga")
		must(t, h.ChangePassword(t.Context(), h.As(one), iamtest.PasswordOf("nga"), "một mật khẩu hoàn toàn mới"))
		if h.As(four).Kind != actor.Anonymous || h.As(one).Kind != actor.Staff {
			t.Error("a new password ends the other sessions and only those")
		}
		refused(t, h.ChangePassword(t.Context(), h.As(one), "sai", "lại một mật khẩu khác nữa"), fault.Invalid, "iam.present_wrong")
		must(t, h.SignOut(t.Context(), h.As(one)))
		if h.As(one).Kind != actor.Anonymous {
			t.Error("signing out left the session open")
		}
		// A cookie is no bearer token and a bearer token no cookie.
		o, err := h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "lan", Password: iamtest.PasswordOf("lan")}, iam.Device{Bearer: true})
		must(t, err)
		if h.Bearer(o.Token).Kind != actor.Staff || h.As(o).Kind != actor.Anonymous || h.Bearer(h.Enter("lan").Token).Kind != actor.Anonymous {
			t.Error("cookies and bearer tokens are taken for each other")
		}
	})
}

func TestInitialPassword(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		acc := h.Official("nga", "huyen.mot-cua", "receiver")
		old := h.Enter("nga")
		initial, err := h.ResetPassword(t.Context(), iamtest.ProvinceAdmin(), acc.ID, acc.Version)
		must(t, err)
		if h.As(old).Kind != actor.Anonymous {
			t.Error("a reset leaves sessions open")
		}
		o, err := h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "nga", Password: initial}, iam.Device{})
		must(t, err)
		if o.Token != "" || o.Ticket == "" {
			t.Fatalf("an initial password opened a session: %+v", o)
		}
		for password, key := range map[string]string{"ngắn": "iam.password_short", "matkhau12345": "iam.password_common", initial: "iam.password_same", "1234567890123": "iam.password_common", "aaaaaaaaaaaa": "iam.password_common"} {
			_, err := h.ReplaceInitial(t.Context(), iamtest.Visitor(), o.Ticket, password, iam.Device{})
			refused(t, err, fault.Invalid, key)
		}
		n, err := h.ReplaceInitial(t.Context(), iamtest.Visitor(), o.Ticket, iamtest.PasswordOf("nga"), iam.Device{})
		must(t, err)
		if h.As(n).Kind != actor.Staff {
			t.Error("no session after the replacement")
		}
		_, err = h.ReplaceInitial(t.Context(), iamtest.Visitor(), o.Ticket, "thêm một mật khẩu nữa", iam.Device{})
		refused(t, err, fault.Invalid, "iam.ticket")
		h.Clock.Move(time.Hour)
		_, err = h.ReplaceInitial(t.Context(), iamtest.Visitor(), o.Ticket+"x", "thêm một mật khẩu nữa", iam.Device{})
		refused(t, err, fault.Invalid, "iam.ticket")
		// NFC and NFD spellings are the same password.
		must(t, h.ChangePassword(t.Context(), h.As(n), iamtest.PasswordOf("nga"), "o\u0302 mật khẩu khác"))
		_, err = h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: "nga", Password: "ô mật khẩu khác"}, iam.Device{})
		must(t, err)
	})
}

func TestCookie(t *testing.T) {
	for url, want := range map[string]string{
		"https://dvc.example.vn": "__Host-lt=x; Path=/; HttpOnly; Secure; SameSite=Lax",
		"http://127.0.0.1:8080":  "lt=x; Path=/; HttpOnly; SameSite=Lax",
	} {
		w := httptest.NewRecorder()
		(&iam.Service{URL: url}).SetCookie(w, iam.Outcome{Token: "x", Account: iam.Account{Kind: iam.Staff}})
		if got := w.Header().Get("Set-Cookie"); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}

func TestForgedCookies(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		o := h.Citizen("0912345678")
		for _, v := range []string{"", "x", o.Token + "x", o.Token[1:], strings.Repeat("a", 43), "lts_" + o.Token, strings.Repeat("z", 5000)} {
			r := httptest.NewRequest("GET", "/toi", nil)
			r.Header.Set("Cookie", h.CookieName()+"="+v)
			if a, err := h.Authenticate(r); err != nil || a.Kind != actor.Anonymous {
				t.Errorf("cookie %.20q: %+v %v", v, a, err)
			}
			r = httptest.NewRequest("GET", "/api/v1/x", nil)
			r.Header = http.Header{"Authorization": {"Bearer " + v}}
			if a, err := h.AuthenticateToken(r); err != nil || a.Kind != actor.Anonymous {
				t.Errorf("bearer %.20q: %+v %v", v, a, err)
			}
		}
	})
}
