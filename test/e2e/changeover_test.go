package e2e

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// TestMovingDossiers publishes another version of a procedure while a dossier runs by the one before,
// looks at the pages on which dossiers are moved, at both widths, orders the move with a plain form
// and waits until the program has done it.
func TestMovingDossiers(t *testing.T) {
	p := start(t)
	b := startBrowser(t)
	f := &filing{p: p, t: t, citizen: p.program(t, citizenSon)}
	f.file(f.citizen, birthCode, "xa-02020", 2, with(example(t, "khai-sinh"), "0912000001"), nil)
	api := p.program(t, "quantri.tinh")
	draft := api.call("POST", "/procedures/"+birthCode+"/draft", object{})
	api.call("POST", "/procedures/"+birthCode+"/draft/publish", object{"revision": draft.number("revision")})

	admin := p.staff(t, "quantri.tinh")
	at := "/quan-tri/thu-tuc/" + birthCode + "/chuyen-ho-so?tu=1"
	page := admin.get(at).want(t, 200)
	e := newExplorer(p.routes())
	t.Run("preview", func(t *testing.T) { lookAt(t, b, p.base, admin, []reached{{e.route(at), at}}, desk()) })
	order := page.first(func(n *html.Node) bool {
		return n.Data == "button" && strings.HasPrefix(caption(n), "Chuyển ") && strings.HasSuffix(caption(n), " hồ sơ")
	})
	if order == nil {
		t.Fatalf("nothing can be moved: %s", page.text())
	}
	run := admin.submit(page, caption(order), "decision", "Quyết định 12/QĐ-UBND").want(t, 200)
	for end := time.Now().Add(2 * time.Minute); !strings.Contains(run.text(), "Đã xong"); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the move does not end: %s", run.text())
		}
		run = admin.get(run.path).want(t, 200)
	}
	run.says(t, "Quyết định 12/QĐ-UBND", "Trả lại")
	t.Run("order", func(t *testing.T) { lookAt(t, b, p.base, admin, []reached{{e.route(run.path), run.path}}, desk()) })
}
