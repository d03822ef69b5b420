package main

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/gallery"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

type auth struct{}

func (auth) Authenticate(r *http.Request) (actor.Actor, error) {
	if len(r.URL.Path) > 10 && (r.URL.Path == "/thu-vien/danh-sach" || r.URL.Path == "/thu-vien/ho-so") {
		return actor.Actor{Kind: actor.Staff, Name: "Lò Thị Phượng", Title: "Chuyên viên", UnitName: "Phòng Tài nguyên", AgencyName: "UBND huyện Nậm Khao"}, nil
	}
	return actor.Actor{}, nil
}

func main() {
	files, err := static.New()
	if err != nil {
		log.Fatal(err)
	}
	cat, err := i18n.New(ui.Texts())
	if err != nil {
		log.Fatal(err)
	}
	rt := web.NewRouter(web.Options{Hosts: []string{"127.0.0.1"}, Catalog: cat, Files: files, Site: gallery.Site(), Auth: auth{},
		Log:   slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Nav:   func(context.Context) []ui.NavGroup { return gallery.Nav() },
		Tools: func(context.Context) []ui.Tool { return []ui.Tool{{Label: "Thông báo", Icon: "bell", Href: "/can-bo/thong-bao", Count: 4}} },
	})
	gallery.Register(rt)
	rt.Handle("POST /luu", web.Citizen, func(w http.ResponseWriter, r *http.Request) error { return nil })
	h, err := rt.Handler()
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8099", h))
}
