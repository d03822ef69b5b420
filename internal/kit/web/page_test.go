package web

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lienthong/internal/kit/web/ui"
)

func TestFlash(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /luu", Public, func(w http.ResponseWriter, r *http.Request) error {
		Flash(w, r, ui.OK, "test.saved")
		return Redirect(w, r, "/toi")
	})
	f.Handle("GET /toi", Public, func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, 200, ui.CitizenPage(ui.Page{Title: "Tôi"}))
	})
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	res := serve(h, "POST", "/en/luu", "")
	if res.StatusCode != 303 || res.Header.Get("Location") != "/en/toi" || len(res.Cookies()) != 1 {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	page := serve(h, "GET", "/en/toi", "", "Cookie", "flash="+res.Cookies()[0].Value)
	if body := text(t, page); !strings.Contains(body, ">Saved<") || len(page.Cookies()) != 1 || page.Cookies()[0].MaxAge >= 0 {
		t.Errorf("the message is not shown once: %v", page.Cookies())
	}
	if body := text(t, serve(h, "GET", "/toi", "", "Cookie", "flash=ok.<script>")); strings.Contains(body, "script>") && strings.Contains(body, "&lt;script") {
		t.Error("a forged message is shown")
	}
}

func TestNext(t *testing.T) {
	tests := []struct{ in, want string }{
		{"/toi", "/toi"}, {"/en/toi?a=b#c", "/en/toi?a=b#c"}, {"/", "/"}, {"", "/x"}, {"toi", "/x"}, {"//evil.example", "/x"},
		{"/\\evil.example", "/x"}, {"https://evil.example/", "/x"}, {"/\tevil", "/x"}, {"/a/../../b", "/x"}, {"/a//b", "/x"},
		{"/%2f/evil", "/x"}, {"javascript:alert(1)", "/x"}, {"/" + strings.Repeat("a", 3000), "/x"},
	}
	for _, tt := range tests {
		if got := Next(tt.in, "/x"); got != tt.want {
			t.Errorf("Next(%.40q) = %q", tt.in, got)
		}
	}
}

func FuzzNext(f *testing.F) {
	for _, s := range []string{"/", "//", "/\\", "/a?b=//c", "/%5cx", "http:/x", "/a#//b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Next(s, "/x")
		base, _ := url.Parse("https://dvc.example.vn/dang-nhap")
		u, err := base.Parse(got)
		if err != nil || u.Host != "dvc.example.vn" || u.Scheme != "https" || strings.HasPrefix(got, "//") || strings.HasPrefix(got, "/\\") {
			t.Errorf("Next(%q) = %q leads to %v, %v", s, got, u, err)
		}
	})
}

func TestCompression(t *testing.T) {
	f := newFixture(t, nil)
	page := strings.Repeat("hồ sơ ", 1000)
	write := func(ctype string) Handler {
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", ctype)
			_, err := io.WriteString(w, page)
			return err
		}
	}
	f.Handle("GET /page", Public, write("text/html; charset=utf-8"))
	f.Handle("GET /photo", Public, write("image/jpeg"))
	f.Handle("GET /raw", Public, write("text/html"), Uncompressed())
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"/page": "gzip", "/photo": "", "/raw": ""} {
		res := serve(h, "GET", target, "", "Accept-Encoding", "gzip")
		if got := res.Header.Get("Content-Encoding"); got != want || res.Header.Get("No-Gzip-Compression") != "" {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	if text(t, serve(h, "GET", "/page", "")) != page {
		t.Error("plain page differs")
	}
}
