package orgapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/org"
	"lienthong/internal/module/org/orgapi"
)

type m = map[string]any

func want(t *testing.T, a iamtest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the answer lacks %q: %s", w, a.Body)
		}
	}
}

func TestOrganisation(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		s := h.Serve(nil, func(a *rest.API) { orgapi.Register(a, h.Org, nobodysWork{}) })
		token := func(login string) string {
			o, err := h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: login, Password: iamtest.PasswordOf(login)}, iam.Device{Bearer: true})
			if err != nil {
				t.Fatal(err)
			}
			return o.Token
		}
		h.Official("quantri", "tinh", "province_admin")
		h.Official("xaquantri", "xa-1", "unit_admin")
		h.Official("nga", "xa-1", "receiver")
		admin, local, nga := token("quantri"), token("xaquantri"), token("nga")

		want(t, s.Call("GET", "/areas?parent=06", "", nil, nil), 200, `"items":[]`)
		want(t, s.Call("GET", "/units", "", nil, nil), 401)
		var page struct {
			Items []struct{ ID, Key string }
			Next  string
		}
		var keys []string
		for path := "/units?limit=2"; ; {
			want(t, s.Call("GET", path, nga, nil, &page), 200)
			for _, u := range page.Items {
				keys = append(keys, u.Key)
			}
			if page.Next == "" {
				break
			}
			path = "/units?limit=2&cursor=" + page.Next
			page.Next, page.Items = "", nil
		}
		if strings.Join(keys, " ") != "tinh huyen huyen.mot-cua xa-2 xa-1 vp-ubnd" && len(keys) != 6 {
			t.Errorf("page by page: %v", keys)
		}
		want(t, s.Call("GET", "/units?q=xa+mot", nga, nil, &page), 200, `"key":"xa-1"`)
		u := page.Items[0].ID
		want(t, s.Call("GET", "/units?on=1990-01-01", nga, nil, nil), 200, `"items":[]`)
		want(t, s.Call("GET", "/units?on=x", nga, nil, nil), 422, "query.on")
		want(t, s.Call("GET", "/units?cursor=x", nga, nil, nil), 422)
		want(t, s.Call("GET", "/units/x", nga, nil, nil), 404)

		change := m{"version": 1, "from": "2021-07-01", "name": "UBND phường Một", "parent": h.Unit("huyen").ID}
		want(t, s.Call("POST", "/units/"+u+"/changes", nga, change, nil), 403)
		want(t, s.Call("POST", "/units/"+u+"/changes", local, change, nil), 204)
		want(t, s.Call("POST", "/units/"+u+"/changes", local, change, nil), 409, "org.changed_meanwhile")
		want(t, s.Call("POST", "/units/"+u+"/changes", local, m{"version": 2, "from": "2021-02-30", "name": "x", "parent": h.Unit("huyen").ID}, nil), 422)
		want(t, s.Call("GET", "/units/"+u, nga, nil, nil), 200, "UBND phường Một", "UBND xã Một")
		want(t, s.Call("POST", "/units/"+u+"/codes", local, m{"version": 2, "scheme": "qcvn102", "code": "000.21.36.H03", "from": "2021-06-15"}, nil), 204)
		want(t, s.Call("GET", "/units?q=000.21.36.H03", nga, nil, nil), 200, `"key":"xa-1"`)

		var made struct{ ID string }
		want(t, s.Call("POST", "/units", local, m{"kind": "division", "from": "2021-06-15", "name": "Một cửa", "parent": u, "tag": "mot-cua"}, &made), 201)
		want(t, s.Call("POST", "/units", local, m{"kind": "commune", "from": "2021-06-15", "name": "Xã khác", "parent": h.Unit("huyen").ID}, nil), 403)
		var pos, person struct{ ID string }
		want(t, s.Call("POST", "/positions", local, m{"unit": made.ID, "title": "Tiếp nhận", "roles": []string{"receiver"}, "from": "2021-06-15"}, &pos), 201)
		want(t, s.Call("POST", "/positions", local, m{"unit": made.ID, "title": "X", "roles": []string{"auditor"}, "from": "2021-06-15"}, nil), 403, "org.role_too_wide")
		want(t, s.Call("POST", "/people", local, m{"name": "Lý Thị Mẩy"}, &person), 201)
		want(t, s.Call("POST", "/people/"+person.ID+"/tenures", local, m{"position": pos.ID, "from": "2021-06-15"}, nil), 204)
		want(t, s.Call("GET", "/people?q=may", local, nil, nil), 200, "Lý Thị Mẩy")
		want(t, s.Call("GET", "/people/"+person.ID+"/tenures", local, nil, nil), 200, "Tiếp nhận")
		want(t, s.Call("GET", "/units/"+made.ID+"/positions", local, nil, nil), 200, "Lý Thị Mẩy")
		want(t, s.Call("GET", "/units/"+h.Unit("xa-2").ID.String()+"/positions", local, nil, nil), 404)
		var next struct{ ID string }
		want(t, s.Call("POST", "/positions/"+pos.ID+"/changes", local, m{"version": 1, "from": "2021-07-01", "title": "Trưởng bộ phận", "roles": []string{"receiver", "cashier"}}, &next), 201)
		if next.ID == pos.ID {
			t.Error("a later change rewrote the position")
		}
		want(t, s.Call("POST", "/people/"+person.ID+"/tenures/"+next.ID+"/end", local, m{"on": "2021-08-01"}, nil), 204)
		want(t, s.Call("POST", "/positions/"+next.ID+"/close", local, m{"version": 1, "on": "2021-08-01"}, nil), 204)
		want(t, s.Call("POST", "/units/"+made.ID+"/close", admin, m{"version": 1, "on": "2021-09-01"}, nil), 204)
	})
}

func TestCalendar(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		s := h.Serve(nil, func(a *rest.API) { orgapi.Register(a, h.Org, nobodysWork{}) })
		token := func(login string) string {
			o, err := h.SignIn(t.Context(), iamtest.Visitor(), iam.Password{Login: login, Password: iamtest.PasswordOf(login)}, iam.Device{Bearer: true})
			if err != nil {
				t.Fatal(err)
			}
			return o.Token
		}
		h.Official("quantri", "tinh", "province_admin")
		h.Official("nga", "xa-1", "receiver")
		admin, nga := token("quantri"), token("nga")
		top, commune := "/units/"+h.Unit("tinh").ID.String()+"/calendar", "/units/"+h.Unit("xa-1").ID.String()+"/calendar"

		want(t, s.Call("GET", commune, "", nil, nil), 401)
		want(t, s.Call("GET", commune, nga, nil, nil), 200, `"version":0`, `"year":2021`, `"working_days":250`, `"date":"2021-09-02"`, `"config":{}`)
		want(t, s.Call("GET", commune+"?year=2026", nga, nil, nil), 200, `"date":"2026-11-24"`)
		want(t, s.Call("GET", commune+"?year=1", nga, nil, nil), 422, "query.year")
		want(t, s.Call("GET", "/units/x/calendar", nga, nil, nil), 404)

		cfg := m{"name": "Lịch tỉnh", "days": []m{{"date": "2021-06-17", "kind": "closed", "name": "Bão", "source": "Công điện"}}}
		want(t, s.Call("PUT", top, nga, m{"version": 0, "config": cfg, "source": "x"}, nil), 403)
		want(t, s.Call("PUT", top, admin, m{"version": 0, "config": m{"dayz": 1}, "source": "x"}, nil), 422, "worktime.config.syntax")
		want(t, s.Call("PUT", top, admin, m{"version": 0, "config": m{"days": []m{{"date": "2021-06-17", "kind": "x"}}}, "source": "x"}, nil), 422, "worktime.day.kind")
		want(t, s.Call("POST", top+"/preview", nga, m{"config": cfg}, nil), 403)
		want(t, s.Call("POST", top+"/preview", admin, m{"config": m{"dayz": 1}}, nil), 422, "worktime.config.syntax")
		want(t, s.Call("POST", top+"/preview", admin, m{"config": cfg}, nil), 200, `"date":"2021-06-17","kind":"workday","minutes":480,"new_kind":"closed","new_minutes":0`,
			`"open":2`, `"moved":1`, `"code":"H03-1"`)
		want(t, s.Call("PUT", top, admin, m{"version": 0, "config": cfg, "source": "Công điện", "status": "verified"}, nil), 204)
		want(t, s.Call("PUT", top, admin, m{"version": 0, "config": cfg, "source": "Công điện"}, nil), 409)
		want(t, s.Call("GET", commune, nga, nil, nil), 200, `"working_days":249`, `"kind":"closed"`, `"rule":"Lịch tỉnh"`, `"inherited_from":"`+h.Unit("tinh").ID.String())
		want(t, s.Call("GET", top, nga, nil, nil), 200, `"version":1`, `"status":"verified"`)
	})
}

// nobodysWork has one dossier that every change moves.
type nobodysWork struct{}

// AffectedByCalendar implements orgapi.Affected.
func (nobodysWork) AffectedByCalendar(_ context.Context, unit id.ID, _, _ *worktime.Calendar) (org.CalendarEffect, error) {
	old := civil.Must("2026-09-01").At(17 * 60)
	return org.CalendarEffect{Open: 2, Later: 1, ByAgency: []org.AgencyEffect{{Agency: unit, Open: 2, Moved: 1}},
		Dossiers: []org.MovedDossier{{Code: "H03-1", Procedure: "1.001193", Agency: unit, Old: old, New: old.Add(24 * time.Hour)}}}, nil
}
