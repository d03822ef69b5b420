package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/db"
	"lienthong/internal/module/dossier"
)

// Pages are how fast the public look-up answers over HTTP, beside a page of the same size that
// nothing stands behind.
type Pages struct {
	Engine    db.Engine
	Dossiers  int     // in the table
	Rate      float64 // look-ups a second at 16 clients
	P50, P95  time.Duration
	Bare      float64 // pages a second at 16 clients
	PageBytes int
}

// pageClients is how many people look at the same time.
const pageClients = 16

// Worklist is how long an official waits for the page with the work of the busiest agency.
type Worklist struct {
	Engine   db.Engine
	Dossiers int
	P50, P95 time.Duration
}

// worklistPage signs an official of the demonstration in and opens the worklist again and again.
func (s *stage) worklistPage(o Options, stored int, r *Report, out io.Writer) error {
	address, stop, err := listen(s.a.Handler())
	if err != nil {
		return err
	}
	defer stop()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	res, err := client.PostForm(address+"/can-bo/dang-nhap", url.Values{"login": {busiestLogin}, "password": {app.DemoPassword}})
	if err != nil {
		return err
	}
	res.Body.Close()
	_, took, err := load(1, o.Asks, func(int) error {
		res, err := client.Get(address + "/can-bo")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err == nil && (res.StatusCode != http.StatusOK || !bytes.Contains(page, []byte(".H03-"))) {
			err = fmt.Errorf("the worklist answers %s without a dossier", res.Status)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(took)
	x := Worklist{s.a.DB.Engine(), stored, took[len(took)/2], took[len(took)*95/100]}
	r.Worklists = append(r.Worklists, x)
	_, err = fmt.Fprintf(out, "\nworklist page of the busiest agency over HTTP, %d dossiers: p50 %s, p95 %s\n", stored, ms(x.P50), ms(x.P95))
	return err
}

// lookups measures the public look-up page. Each request asks for another dossier.
func (s *stage) lookups(ctx context.Context, o Options, stored int, r *Report, out io.Writer) error {
	asked, err := s.receipts(ctx, o.Pages)
	if err != nil {
		return err
	}
	product, stop, err := listen(s.a.Handler())
	if err != nil {
		return err
	}
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: pageClients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	get := func(address string, least int) (int, error) {
		res, err := client.Get(address)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil && (res.StatusCode != http.StatusOK || int(n) < least) {
			err = fmt.Errorf("%s answers %s with %d bytes", address, res.Status, n)
		}
		return int(n), err
	}
	page := func(i int) string { return product + "/tra-cuu?" + asked[i%len(asked)] }
	size, err := get(page(0), 1)
	if err != nil {
		return err
	}
	bare, stopBare, err := listen(bareHandler(size))
	if err != nil {
		return err
	}
	defer stopBare()
	x := Pages{Engine: s.a.DB.Engine(), Dossiers: stored, PageBytes: size}
	var fast, plain []float64
	var took []time.Duration
	for range o.Rounds {
		rate, t, err := load(pageClients, o.Pages, func(i int) error { _, err := get(page(i), size/2); return err })
		if err != nil {
			return err
		}
		fast, took = append(fast, rate), append(took, t...)
		if rate, _, err = load(pageClients, o.Pages, func(int) error { _, err := get(bare, size*9/10); return err }); err != nil {
			return err
		}
		plain = append(plain, rate)
	}
	slices.Sort(took)
	x.Rate, x.Bare = median(fast), median(plain)
	x.P50, x.P95 = took[len(took)/2], took[len(took)*95/100]
	r.Pages = append(r.Pages, x)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\npublic look-up over HTTP\tdossiers\tpage\tpages/s\tp50\tp95\tbare page/s\tproduct:bare\t")
	fmt.Fprintf(w, "%d clients\t%d\t%d bytes\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", pageClients, stored, size, x.Rate, ms(x.P50), ms(x.P95), x.Bare, x.Rate/x.Bare)
	return w.Flush()
}

// receipts returns the questions of n receipts that lie all over the table.
func (s *stage) receipts(ctx context.Context, n int) ([]string, error) {
	var total int
	if err := s.a.DB.Read(ctx).QueryRow("SELECT count(*) FROM dossier_dossier").Scan(&total); err != nil {
		return nil, err
	}
	rows, err := s.a.DB.Read(ctx).Query(`SELECT id, code, secret_gen FROM (
		SELECT id, code, secret_gen, row_number() OVER (ORDER BY id) AS n FROM dossier_dossier) x WHERE n % $1 = 0 LIMIT $2`, max(total/n, 1), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var d dossier.Dossier
		if err := rows.Scan(&d.ID, &d.Code, &d.SecretGen); err != nil {
			return nil, err
		}
		out = append(out, url.Values{"ma": {d.Code}, "bm": {s.a.Dossiers.Secret(d.ID, d.SecretGen)}}.Encode())
	}
	return out, rows.Err()
}

// bareHandler serves a templ page of about the size, with nothing around it.
func bareHandler(size int) http.Handler {
	fact := bareFact{"Cơ quan đang giữ hồ sơ", "Ủy ban nhân dân xã Bằng Phúc, huyện Chợ Đồn"}
	facts := []bareFact{}
	for page := (bytes.Buffer{}); page.Len() < size; facts = append(facts, fact) {
		page.Reset()
		if err := barePage("Tra cứu hồ sơ", facts).Render(context.Background(), &page); err != nil {
			break
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := barePage("Tra cứu hồ sơ", facts).Render(r.Context(), w); err != nil {
			http.Error(w, "the page broke off", http.StatusInternalServerError)
		}
	})
}

// listen serves h on a port of its own.
func listen(h http.Handler) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	go server.Serve(l) // its only error is that it was closed
	return "http://" + l.Addr().String(), func() { server.Close() }, nil
}
