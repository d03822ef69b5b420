package app

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/dmn"
	"lienthong/internal/engine/feel"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossierapi"
	"lienthong/internal/module/dossier/dossierweb"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamapi"
	"lienthong/internal/module/iam/iamweb"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifyapi"
	"lienthong/internal/module/notify/notifyweb"
	"lienthong/internal/module/org"
	"lienthong/internal/module/org/orgapi"
	"lienthong/internal/module/org/orgweb"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/procedureapi"
	"lienthong/internal/module/procedure/procedureweb"
)

// apiBody is how much a request to the API may carry: one file with its frame.
const apiBody = dossier.MaxFile + 64<<10

// texts returns everything people read, from all packages.
func texts() []i18n.Source {
	return []i18n.Source{ui.Texts(), rest.Texts(), blob.Texts(), outbox.Texts(), i18n.Texts(form.Texts()), i18n.Texts(worktime.Texts()),
		i18n.Texts(bpmn.Texts()), i18n.Texts(simulate.Texts()), i18n.Texts(feel.Texts()), i18n.Texts(dmn.Texts()),
		i18n.Files(org.Texts), i18n.Files(iam.Texts), i18n.Files(procedure.Texts), i18n.Files(dossier.Texts),
		i18n.Files(dossierweb.Texts), i18n.Files(dossierapi.Texts), i18n.Files(notify.Texts)}
}

// makeHTTP registers every page and every operation of the API.
func (a *App) makeHTTP() error {
	var err error
	if a.Catalog, err = i18n.New(texts()...); err != nil {
		return err
	}
	files, err := static.New()
	if err != nil {
		return err
	}
	var pagePerms []web.Perm
	var apiPerms []rest.Perm
	for _, p := range iam.Permissions() {
		pagePerms = append(pagePerms, web.Perm(p))
		apiPerms = append(apiPerms, rest.Perm(p))
	}
	pages := &dossierweb.Handlers{Dossiers: a.Dossiers, Procedures: a.Procedures, Org: a.Org, Accounts: a.IAM, Limits: a.IAM,
		Now: a.Now, Address: a.Config.BaseURL(), People: a.IAM, Looks: looks{a.IAM, a.Org}, Lines: lines{a.IAM.Ledger}}
	messages := &notifyweb.Handlers{Notify: a.Notify}
	signIn := &iamweb.Handlers{IAM: a.IAM, Dossiers: a.Dossiers}
	if a.Config.Demo {
		pages.Outbox, signIn.Outbox = notifyweb.PathOutbox, notifyweb.PathOutbox
	}
	a.Router = web.NewRouter(web.Options{Hosts: a.Config.Hosts(), Secure: a.Config.Secure(),
		TrustedProxies: a.Config.TrustedProxies, Auth: a.IAM, Permissions: pagePerms, Catalog: a.Catalog, Site: a.site(),
		Files: files, Log: a.Log, Now: a.Now, IDs: a.ids,
		Tools: func(ctx context.Context) []ui.Tool { return []ui.Tool{messages.InboxLink(ctx)} },
		Nav:   func(ctx context.Context) []ui.NavGroup { return append(pages.Nav(ctx), a.adminNav(ctx)...) },
		Observe: func(r web.Route, status int, took time.Duration) {
			a.http.Observe(r.Pattern, r.Method, status, took)
		}})
	procedureweb.Routes(a.Router, &procedureweb.Handlers{Procedures: a.Procedures, Figures: figures{a.Dossiers}, Trial: a.trial(), People: a.IAM, Now: a.Now})
	dossierweb.Routes(a.Router, pages)
	iamweb.Routes(a.Router, signIn)
	orgweb.Routes(a.Router, &orgweb.Handlers{Org: a.Org, Roles: roles(), Dossiers: a.Dossiers})
	notifyweb.Routes(a.Router, messages)
	a.Router.Handle("GET /healthz", web.Public, a.alive)
	a.Router.Handle("GET /readyz", web.Public, a.ready)

	a.API = rest.New(rest.Config{Title: i18n.Text{VI: "API của " + a.Province.Province.Portal.VI, EN: a.Province.Province.Portal.EN + " API"},
		Version: "1", Permissions: apiPerms, Auth: tokens{a.IAM}, DB: a.DB, Secret: a.IAM.Secret, Catalog: a.Catalog, Now: a.Now, IDs: a.ids, Log: a.Log})
	iamapi.Register(a.API, a.IAM, a.Dossiers, a.Dossiers)
	orgapi.Register(a.API, a.Org, a.Dossiers)
	procedureapi.Register(a.API, a.Procedures)
	procedureapi.RegisterTrial(a.API, a.trial())
	dossierapi.Register(a.API, a.Dossiers, a.IAM, colleagues{a.IAM, a.Org}, looks{a.IAM, a.Org}, lines{a.IAM.Ledger})
	notifyapi.Register(a.API, a.Notify)
	api, err := a.API.Handler()
	if err != nil {
		return err
	}
	a.Router.Mount("/api/", web.Public, api, web.API(), web.MaxBody(apiBody))
	a.handler, err = a.Router.Handler()
	return err
}

// tokens reads the API's bearer tokens; a cookie is nothing there.
type tokens struct{ iam *iam.Service }

// Authenticate implements rest.Authenticator.
func (t tokens) Authenticate(r *http.Request) (actor.Actor, error) { return t.iam.AuthenticateToken(r) }

func (a *App) alive(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("ok\n"))
	return err
}

// site says whose portal this is; all of it comes from the province pack.
func (a *App) site() ui.Site {
	p := a.Province.Province
	s := ui.Site{Name: p.Name, Portal: p.Portal,
		Authority: i18n.Text{VI: "Ủy ban nhân dân " + lowerFirst(p.Name.VI), EN: "People's Committee of " + p.Name.EN},
		Tagline:   i18n.Text{VI: "Nộp hồ sơ, theo dõi, nhận kết quả", EN: "File, follow, receive the result"},
		Desk:      i18n.Text{VI: "Một cửa " + shortName(p.Name.VI), EN: shortName(p.Name.VI) + " one-stop desk"},
		About: i18n.Text{VI: "Hệ thống thông tin giải quyết thủ tục hành chính " + lowerFirst(p.Name.VI) + ".",
			EN: "Information system for administrative procedures of " + p.Name.EN + "."},
		Footer: []ui.SiteLink{{Label: i18n.Text{VI: "Kiểm tra sổ nhật ký", EN: "Check the ledger"}, Href: iamweb.PathPublicLedger}}}
	if a.Config.Demo {
		s.Notice = i18n.Text{VI: "Bản trình diễn: người và hồ sơ ở đây là hư cấu. Tin nhắn hiện ở hộp thư trình diễn.",
			EN: "Demonstration: people and dossiers here are invented. Messages appear in the demo outbox."}
		s.NoticeURL = notifyweb.PathOutbox
	}
	return s
}

// roles are what a position can be given.
func roles() []orgweb.Role {
	var out []orgweb.Role
	for _, r := range iam.Roles() {
		out = append(out, orgweb.Role{Key: r.Key, Text: "iam.role." + r.Key})
	}
	return out
}

// adminNav is the administrators' and auditors' part of the side menu.
func (a *App) adminNav(ctx context.Context) []ui.NavGroup {
	who := actor.From(ctx)
	g := ui.NavGroup{Title: i18n.Pick(i18n.Lang(ctx), "Quản trị", "Administration")}
	for _, l := range []struct{ perm, vi, en, icon, href string }{
		{iam.IAMEdit, "Tài khoản", "Accounts", "users", "/quan-tri/tai-khoan"},
		{org.PermEdit, "Tổ chức", "Organisation", "sitemap", "/quan-tri/to-chuc"},
		{org.PermCalendar, "Lịch làm việc", "Working calendar", "calendar", "/quan-tri/lich"},
		{"procedure.edit", "Thủ tục hành chính", "Procedures", "file-text", "/quan-tri/thu-tuc"},
		{notify.PermEdit, "Mẫu tin nhắn", "Message templates", "message", notifyweb.PathTemplates},
		{notify.PermEdit, "Nhật ký gửi tin", "Delivery log", "send", notifyweb.PathLog},
		{iam.LedgerRead, "Nhật ký hệ thống", "Ledger", "shield-check", "/quan-tri/nhat-ky"},
	} {
		if who.May(l.perm) {
			g.Links = append(g.Links, ui.NavLink{Label: i18n.Pick(i18n.Lang(ctx), l.vi, l.en), Icon: l.icon, Href: l.href})
		}
	}
	if len(g.Links) == 0 {
		return nil
	}
	return []ui.NavGroup{g}
}
