package notifyapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifyapi"
	"lienthong/internal/module/notify/notifytest"
)

var people = map[string]actor.Actor{
	"hoa":    {Kind: actor.Citizen, Account: id.ID{1}},
	"nam":    {Kind: actor.Citizen, Account: id.ID{2}},
	"clerk":  {Kind: actor.Staff, Account: id.ID{3}},
	"admin":  {Kind: actor.Staff, Account: id.ID{5}, Grants: []actor.Grant{{Perm: notify.PermEdit, All: true}}},
	"narrow": {Kind: actor.Token, Account: id.ID{5}, Scopes: []string{"dossier.read"}, Grants: []actor.Grant{{Perm: notify.PermEdit, All: true}}},
}

type auth struct{}

func (auth) Authenticate(r *http.Request) (actor.Actor, error) {
	return people[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")], nil
}

type client struct {
	*notifytest.House
	http http.Handler
	t    *testing.T
}

func open(t *testing.T) *client {
	t.Helper()
	d := testkit.SQLite(t)
	h := notifytest.New(t, d)
	if err := d.Migrate(t.Context(), rest.Module, rest.Migrations()); err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(rest.Texts(), i18n.Files(notify.Texts))
	if err != nil {
		t.Fatal(err)
	}
	api := rest.New(rest.Config{Title: i18n.Text{VI: "Thử"}, Version: "1", Permissions: []rest.Perm{notify.PermEdit}, Auth: auth{}, DB: d,
		Catalog: cat, Now: h.Clock.Now, IDs: id.NewSource(nil), Log: slog.New(slog.DiscardHandler)})
	notifyapi.Register(api, h.Service)
	handler, err := api.Handler()
	if err != nil {
		t.Fatal(err)
	}
	h.Dossiers.Put(id.ID{7}, notify.Contact{Account: id.ID{1}, Code: "A-7", Phone: "0912000107", Email: "hoa@example.vn"})
	return &client{h, handler, t}
}

// call sends a request as somebody and reads the answer into out, which may be nil.
func (c *client) call(who, method, path, body string, want int, out any) string {
	c.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	w := httptest.NewRecorder()
	c.http.ServeHTTP(w, r)
	if w.Code != want {
		c.t.Fatalf("%s %s as %q: %d, want %d: %s", method, path, who, w.Code, want, w.Body)
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			c.t.Fatal(err)
		}
	}
	return w.Body.String()
}

type notifications struct {
	Items  []notifyapi.Notification
	Next   string
	Unread int
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	c := open(t)
	for i := range 5 {
		c.Tell("received", id.ID{7}, 2, i)
	}
	var first, rest notifications
	c.call("hoa", "GET", "/notifications?limit=2", "", 200, &first)
	if len(first.Items) != 2 || first.Unread != 5 || first.Next == "" || first.Items[0].Dossier != "A-7" || first.Items[0].ReadAt != nil {
		t.Fatalf("%+v", first)
	}
	c.call("hoa", "GET", "/notifications?cursor="+first.Next, "", 200, &rest)
	if len(rest.Items) != 3 || rest.Next != "" {
		t.Errorf("%+v", rest)
	}
	c.call("hoa", "GET", "/notifications?cursor=x", "", 422, nil)
	one := `{"id":"` + first.Items[0].ID + `"}`
	c.call("nam", "POST", "/notifications/read", one, 204, nil)
	c.call("hoa", "POST", "/notifications/read", one, 204, nil)
	c.call("hoa", "POST", "/notifications/read", `{"id":"x"}`, 404, nil)
	c.call("hoa", "GET", "/notifications?limit=1", "", 200, &first)
	if first.Unread != 4 || first.Items[0].ReadAt == nil {
		t.Errorf("%+v", first)
	}
	c.call("hoa", "POST", "/notifications/read", `{}`, 204, nil)
	var nam notifications
	c.call("nam", "GET", "/notifications", "", 200, &nam)
	if len(nam.Items) != 0 {
		t.Errorf("%+v", nam)
	}
	c.call("", "GET", "/notifications", "", 401, nil)
	c.call("clerk", "GET", "/notifications", "", 403, nil)
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Tell("received", id.ID{7}, 2, 1)
	if err := c.SendCode(t.Context(), "0912000107", "482913", "vi"); err == nil {
		t.Fatal("sent without a provider")
	}
	var list struct{ Items []notifyapi.Delivery }
	raw := c.call("admin", "GET", "/notifications/deliveries?channel=sms&to=%2B84912000107", "", 200, &list)
	if len(list.Items) != 2 || strings.Contains(raw, "0912000107") || strings.Contains(raw, "482913") || list.Items[0].Body != "" || list.Items[1].Error != "notify.err.channel_off" {
		t.Errorf("%s", raw)
	}
	var one notifyapi.Delivery
	raw = c.call("admin", "GET", "/notifications/deliveries/"+list.Items[0].ID, "", 200, &one)
	if one.Body == "" || strings.Contains(raw, "482913") || one.State != "failed" {
		t.Error(raw)
	}
	c.call("admin", "POST", "/notifications/deliveries/"+list.Items[1].ID+"/retry", "", 409, nil)
	c.Demo = true
	c.call("admin", "POST", "/notifications/deliveries/"+list.Items[1].ID+"/retry", "", 204, nil)
	c.call("admin", "GET", "/notifications/deliveries/"+list.Items[1].ID, "", 200, &one)
	if one.State != "queued" || one.NextAt == nil {
		t.Errorf("%+v", one)
	}
	c.call("admin", "GET", "/notifications/deliveries/x", "", 404, nil)
	c.call("admin", "GET", "/notifications/deliveries?state=lost", "", 422, nil)
	raw = c.call("admin", "GET", "/notifications/channels", "", 200, nil)
	if !strings.Contains(raw, `"channel":"email"`) {
		t.Error(raw)
	}
	for _, who := range []string{"clerk", "hoa", "narrow"} {
		c.call(who, "GET", "/notifications/deliveries", "", 403, nil)
		c.call(who, "GET", "/notifications/templates", "", 403, nil)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	c := open(t)
	var list struct{ Items []notifyapi.Template }
	c.call("admin", "GET", "/notifications/templates", "", 200, &list)
	if len(list.Items) != 96 {
		t.Errorf("%d texts", len(list.Items))
	}
	const one = "/notifications/templates/received/sms/vi"
	var x notifyapi.Template
	c.call("admin", "PUT", one, `{"version":0,"body":"Xong {code}"}`, 200, &x)
	if x.Version != 1 || !x.Custom || x.Body != "Xong {code}" || x.ChangedAt == nil {
		t.Errorf("%+v", x)
	}
	c.call("admin", "PUT", one, `{"version":0,"body":"Xong"}`, 409, nil)
	if raw := c.call("admin", "PUT", one, `{"version":1,"body":"{cccd}"}`, 422, nil); !strings.Contains(raw, "notify.template.unknown_value") {
		t.Error(raw)
	}
	var p notifyapi.Preview
	c.call("admin", "POST", one+"/preview", `{"body":"Đã xong"}`, 200, &p)
	if p.Body != "Da xong" || p.Parts != 1 || p.Units != 7 {
		t.Errorf("%+v", p)
	}
	c.call("admin", "POST", one+"/reset", `{"version":1}`, 200, &x)
	if x.Custom || x.Version != 2 {
		t.Errorf("%+v", x)
	}
	c.call("admin", "GET", one, "", 200, &x)
	c.call("admin", "GET", "/notifications/templates/received/fax/vi", "", 404, nil)
}
