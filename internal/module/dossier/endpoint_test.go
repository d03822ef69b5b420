package dossier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/module/dossier"
)

// The request is signed and carries its key; each kind of answer counts as it is documented.
func TestEndpointCalls(t *testing.T) {
	const secret = "sixteen letters!"
	now := time.Unix(1_795_000_000, 0)
	var status int
	var answer string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != "k-1" ||
			r.Header.Get("Lienthong-Signature") != dossier.Sign(secret, now, body) {
			t.Errorf("a call %s %v", r.Method, r.Header)
		}
		var c dossier.Call
		if err := json.Unmarshal(body, &c); err != nil || c.Code != "H03-1" || c.Vars["n"] != 7.0 {
			t.Errorf("called with %s", body)
		}
		if status == 302 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer srv.Close()
	e, err := dossier.NewEndpoints([]byte(`[{"name":"treasury","url":"`+srv.URL+`","secret":"`+secret+`"}]`), func() time.Time { return now })
	must(t, err)
	for _, x := range []struct {
		status int
		answer string
		kind   fault.Kind
		key    string
	}{
		{200, `{"result": 12.5, "vars": {"a": 1}}`, 0, ""},
		{204, ``, 0, ""},
		{200, `{"error": "NO_SUCH_LAND"}`, 0, ""},
		{200, `nonsense`, fault.Invalid, "dossier.service_answer"},
		{200, `"` + strings.Repeat("x", 65<<10) + `"`, fault.Invalid, "dossier.service_answer"},
		{302, ``, fault.Invalid, "dossier.service_refused"},
		{400, ``, fault.Invalid, "dossier.service_refused"},
		{429, ``, fault.Unavailable, "dossier.service_unavailable"},
		{503, ``, fault.Unavailable, "dossier.service_unavailable"},
	} {
		status, answer = x.status, x.answer
		r, err := e.Call(context.Background(), "treasury", dossier.Call{Key: "k-1", Code: "H03-1", Vars: map[string]any{"n": 7}})
		f := fault.As(err)
		if x.key == "" && (err != nil || x.answer == "" && r.Result != nil || strings.Contains(x.answer, "result") && r.Result != 12.5) {
			t.Errorf("%d %.30s: %+v, %v", x.status, x.answer, r, err)
		}
		if x.key != "" && (f == nil || f.Kind != x.kind || f.Key != x.key) {
			t.Errorf("%d %.30s: %v", x.status, x.answer, err)
		}
	}
	srv.Close()
	if _, err := e.Call(context.Background(), "treasury", dossier.Call{}); fault.KindOf(err) != fault.Unavailable || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("nobody there: %v", err)
	}
	for _, bad := range []string{`{}`, `[{"name":"A b","url":"https://x","secret":"` + secret + `"}]`, `[{"name":"a","url":"http://x.vn","secret":"` + secret + `"}]`,
		`[{"name":"a","url":"https://x","secret":"short"}]`, `[{"name":"a","url":"https://x","secret":"` + secret + `","seconds":60}]`,
		`[{"name":"a","url":"https://x","secret":"` + secret + `"},{"name":"a","url":"https://x","secret":"` + secret + `"}]`, `[{"name":"a","other":1}]`} {
		if _, err := dossier.NewEndpoints([]byte(bad), time.Now); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// The table of services in docs/bpmn.md is the list of those there are.
func TestServicesAreDocumented(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/bpmn.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(raw), "<!-- services -->\n")
	body, _, ok := strings.Cut(rest, "<!-- end -->")
	if !ok {
		t.Fatal("no table of services")
	}
	var told []string
	for _, line := range strings.Split(strings.TrimSpace(body), "\n")[2:] {
		told = append(told, strings.Trim(strings.Split(line, "|")[1], " `"))
	}
	e, err := dossier.NewEndpoints([]byte(`[{"name":"x","url":"https://x","secret":"sixteen letters!"}]`), time.Now)
	must(t, err)
	have := (&dossier.Service{Endpoints: e}).Services()
	have[len(have)-1] = "http:<name>"
	if !slices.Equal(told, have) {
		t.Errorf("docs tell %v, there are %v", told, have)
	}
}
