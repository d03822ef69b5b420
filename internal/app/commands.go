package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/module/iam"
	"lienthong/packs"
)

// DemoPassword is the password of every official of the demo. It is no secret: demo prints it.
const DemoPassword = "mot-cua-lien-thong"

// LoadDemo adds the pack's invented people and returns their accounts.
func (a *App) LoadDemo(ctx context.Context, pack string) ([]iam.DemoAccount, error) {
	files, err := packs.Find(pack)
	if err != nil {
		return nil, err
	}
	people, err := fs.ReadFile(files, "demo/people.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("pack %s holds no demo/people.json; serve needs none", pack)
	}
	if err != nil {
		return nil, err
	}
	return a.IAM.ImportDemo(actor.With(ctx, actor.System("demo")), people, DemoPassword)
}

// Demo serves a province to try out until ctx ends.
func Demo(ctx context.Context, o Options, out io.Writer) error {
	o.Config.Demo = true
	if err := o.Config.Validate(); err != nil {
		return err
	}
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	accounts, err := a.LoadDemo(ctx, o.Pack)
	if err != nil {
		return err
	}
	if o.Past.Write {
		if err := a.FillHistory(ctx, o.Pack, o.Past.Total, out); err != nil {
			return err
		}
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	return a.Serve(ctx, func(string) {
		fmt.Fprintf(out, "\n%s, bản trình diễn · demonstration\n\n", a.Province.Province.Portal.VI)
		fmt.Fprintf(out, "  Công dân · citizens    %s/\n  Cán bộ · officials     %s/can-bo\n  Tin nhắn · messages    %s/demo/outbox\n  API                    %s/api/docs\n\n",
			o.Config.BaseURL(), o.Config.BaseURL(), o.Config.BaseURL(), o.Config.BaseURL())
		fmt.Fprintf(out, "Mật khẩu của mọi cán bộ · password of every official: %s\n\n", DemoPassword)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, x := range accounts {
			if x.Login != "" {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", x.Login, x.Name, x.Unit, strings.Join(x.Roles, ", "))
			}
		}
		w.Flush()
		fmt.Fprintf(out, "\nCông dân dùng mã gửi về điện thoại, đọc ở hộp thư trình diễn · citizens sign in with a code, shown in the demo outbox:\n\n")
		for _, x := range accounts {
			if x.Phone != "" {
				fmt.Fprintf(w, "  %s\t%s\n", x.Phone, x.Name)
			}
		}
		w.Flush()
		fmt.Fprintf(out, "\nDừng · stop: Ctrl+C\n")
	})
}

// Serve serves real people until ctx ends.
func Serve(ctx context.Context, o Options, out io.Writer) error {
	if err := o.Config.Validate(); err != nil {
		return err
	}
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if err := a.Durable(ctx); err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	link, created, err := a.IAM.FirstAdminLink(ctx)
	if err != nil {
		return err
	}
	return a.Serve(ctx, func(addr string) {
		fmt.Fprintf(out, "%s: %s (%s)\n", a.Province.Province.Portal.VI, o.Config.BaseURL(), addr)
		if created {
			fmt.Fprintf(out, "No administrator yet. This link makes the first one, once, within 24 hours:\n  %s\n", link)
		}
		for _, s := range a.channelsOff(ctx) {
			fmt.Fprintln(out, s)
		}
	})
}

// channelsOff says which messages cannot leave with this configuration.
func (a *App) channelsOff(ctx context.Context) []string {
	states, err := a.Notify.Status(ctx)
	if err != nil {
		return []string{"the state of the message channels cannot be read: " + err.Error()}
	}
	var out []string
	for _, s := range states {
		if s.Off {
			out = append(out, fmt.Sprintf("%s is off: no provider is configured, messages by it wait as failed", s.Channel))
		}
	}
	return out
}

// Migrate brings the tables to this version.
func Migrate(ctx context.Context, o Options, out io.Writer) error {
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "the tables are up to date")
	return a.Close(ctx)
}

// OpenAPI prints the description of the API. It needs no data: a folder of its own is made and
// thrown away.
func OpenAPI(ctx context.Context, o Options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "lienthong-openapi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.Config.Data, o.Config.Database, o.Config.NATS = dir, "", ""
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(ctx)
	doc, err := a.API.OpenAPI()
	if err != nil {
		return err
	}
	_, err = out.Write(doc)
	return err
}

// errSick is returned by Doctor when something is wrong; what, it has printed.
var errSick = errors.New("doctor found something wrong")

// Doctor checks everything it can reach and prints a line for each. notes are signed heads of the
// ledger that were kept elsewhere; the ledger has to begin with each of them.
func Doctor(ctx context.Context, o Options, out io.Writer, notes ...string) error {
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if err := a.inherit(ctx); err != nil {
		return err
	}
	return a.Examine(ctx, out, notes...)
}

// leasePatience is how long doctor waits for a killed process's hold on the ledger to end.
const leasePatience = 15 * time.Second

// Examine is Doctor on an App that is open.
func (a *App) Examine(ctx context.Context, out io.Writer, notes ...string) error {
	sick := false
	say := func(good bool, what, detail string) {
		mark := "ok  "
		if !good {
			mark, sick = "BAD ", true
		}
		fmt.Fprintf(out, "%s %-22s %s\n", mark, what, detail)
	}
	settings, err := a.DB.Settings(ctx)
	if err != nil {
		return err
	}
	for _, s := range settings {
		say(s.Good, string(a.DB.Engine())+" "+s.Name, s.Value)
	}
	damage, err := a.DB.Integrity(ctx)
	if err != nil {
		return err
	}
	for _, d := range damage {
		say(false, "database file", d)
	}
	if len(damage) > 0 {
		// What stands on damaged pages cannot be counted or verified.
		return errSick
	}
	figures, err := a.Dossiers.Recount(ctx)
	if err != nil {
		return err
	}
	for _, f := range figures {
		say(false, "figures", f)
	}
	if len(figures) == 0 {
		say(true, "figures", "equal a recount of the records")
	}
	gap, err := a.Dossiers.CheckIndex(ctx)
	if err != nil {
		return err
	}
	if gap != "" {
		say(false, "search", gap)
		if err := a.Dossiers.RequestReindex(ctx); err != nil {
			return err
		}
	} else {
		say(true, "search", "the words of all names are there")
	}
	halves, err := a.Dossiers.Whole(ctx)
	if err != nil {
		return err
	}
	for _, h := range halves {
		say(false, "records", h)
	}
	if len(halves) == 0 {
		say(true, "records", "no dossier is stored in part")
	}
	// Rows that a killed process left without a place are no fault; rows that cannot be placed are.
	if err := (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: "doctor"}).Settle(ctx, leasePatience); err != nil {
		return err
	}
	if err := a.examineLedger(ctx, notes, say); err != nil {
		return err
	}
	n, bad, err := a.checkFiles(ctx)
	if err != nil {
		return err
	}
	for _, b := range bad {
		say(false, "file", b)
	}
	say(len(bad) == 0, "files", fmt.Sprintf("%d read and compared with their sums", n))
	for _, s := range a.channelsOff(ctx) {
		fmt.Fprintln(out, "note", s)
	}
	if sick {
		return errSick
	}
	return nil
}

// checkFiles reads every file a dossier refers to.
func (a *App) checkFiles(ctx context.Context) (n int, bad []string, err error) {
	sums, err := a.Dossiers.Sums(ctx)
	if err != nil {
		return 0, nil, err
	}
	for _, s := range sums {
		n++
		damage := a.Files.Check(ctx, s)
		if damage == nil {
			continue
		}
		whose, err := a.Dossiers.Holders(ctx, s)
		if err != nil {
			return n, bad, err
		}
		bad = append(bad, strings.Join(whose, ", ")+": "+damage.Error())
	}
	return n, bad, nil
}
