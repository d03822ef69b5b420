package iamtest_test

import (
	"net/http"
	"os"
	"testing"
	"context"

	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/iam/iamweb"
	"lienthong/internal/module/org/orgweb"
)

func TestZZ(t *testing.T) {
	h := iamtest.Bare(t, testkit.SQLite(t))
	o, _ := os.ReadFile("../../../../packs/bac-kan/org.json")
	p, _ := os.ReadFile("../../../../packs/bac-kan/demo/people.json")
	if _, err := h.Org.ImportPack(context.Background(), o); err != nil { t.Fatal(err) }
	if _, err := h.ImportDemo(context.Background(), p, "xem thử liên thông"); err != nil { t.Fatal(err) }
	go (&iam.Sequencer{Ledger: h.Ledger, Name: "x"}).Run(context.Background())
	var roles []orgweb.Role
	for _, r := range iam.Roles() { roles = append(roles, orgweb.Role{Key: r.Key, Text: "iam.role." + r.Key}) }
	s := h.Serve(func(r *web.Router) {
		iamweb.Routes(r, &iamweb.Handlers{IAM: h.Service, Outbox: "/demo/outbox"})
		orgweb.Routes(r, &orgweb.Handlers{Org: h.Org, Roles: roles})
	}, nil)
	link, _, _ := h.FirstAdminLink(context.Background())
	t.Log(link)
	http.ListenAndServe("127.0.0.1:18099", s.Handler)
}
