package iamweb

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// PathPublicLedger is the page on which anybody checks the ledger; papers name it beside their code.
const PathPublicLedger = "/so-nhat-ky"

// publicView is the page on which anybody checks the ledger.
type publicView struct {
	errs   []fault.Field
	field  ui.FieldView
	answer *iam.Line
	code   string // as it was asked
	newest *iam.SignedHead
	key    string
	day    string // asked for, as typed
	heads  []iam.SignedHead
	trust  bool // the newest head's signature was right
}

func publicRoutes(r *web.Router, h *Handlers) {
	r.Handle("GET "+PathPublicLedger, web.Public, h.publicLedger)
	r.Handle("POST "+PathPublicLedger, web.Public, h.checkCode)
	r.Handle("POST "+PathPublicLedger+"/bang-chung", web.Public, h.codeProof)
	r.Handle("GET "+PathPublicLedger+"/moc/{size}", web.Public, h.headNote)
	r.Handle("GET "+PathPublicLedger+"/khoa", web.Public, h.ledgerKeys)
	r.Handle("GET "+PathPublicLedger+"/noi-tiep", web.Public, h.consistency)
}

func (h *Handlers) publicLedger(w http.ResponseWriter, r *http.Request) error {
	return h.showPublic(w, r, http.StatusOK, publicView{code: r.URL.Query().Get("ma")})
}

// checkCode answers to the short code of a paper.
func (h *Handlers) checkCode(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	v := publicView{code: strings.TrimSpace(in.Get("ma"))}
	line, err := h.IAM.LedgerCode(r.Context(), v.code)
	if err != nil {
		f := fault.As(err)
		if f != nil && f.Kind == fault.NotFound {
			v.errs = []fault.Field{{Path: "ma", Key: f.Key}}
			return h.showPublic(w, r, http.StatusUnprocessableEntity, v)
		}
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		for i := range errs {
			errs[i].Path = "ma"
		}
		v.errs = errs
		return h.showPublic(w, r, status, v)
	}
	v.answer = &line
	return h.showPublic(w, r, http.StatusOK, v)
}

// mostCode is how much of what was typed for a code is shown again, in bytes.
const mostCode = 60

func (h *Handlers) showPublic(w http.ResponseWriter, r *http.Request, status int, v publicView) error {
	ctx := r.Context()
	if len(v.code) > mostCode {
		v.code = ""
	}
	v.field = ui.FieldView{Name: "ma", Label: ui.T(ctx, "iam.public.code"), Help: ui.T(ctx, "iam.public.code_help"), Value: v.code, Autocomplete: "off", Width: "m"}
	v.field = ui.Mark(ctx, []ui.FieldView{v.field}, v.errs)[0]
	v.key = h.IAM.Ledger.Keys()[0].String()
	head, err := h.IAM.Ledger.NewestHead(ctx)
	switch fault.KindOf(err) {
	case fault.NotFound:
		v.trust = true // nothing was ever signed
	case fault.Conflict: // said on the page
	default:
		if err != nil {
			return err
		}
		v.newest, v.trust = &head, true
	}
	var day *civil.Date
	if v.day = r.URL.Query().Get("ngay"); v.day != "" {
		d, err := civil.Parse(v.day)
		if err != nil {
			v.day = ""
		} else {
			day = &d
		}
	}
	if v.trust {
		limit := 10
		if day != nil {
			limit = 0
		}
		if v.heads, err = h.IAM.Ledger.Heads(ctx, day, 0, limit); fault.KindOf(err) == fault.Conflict {
			v.trust, v.heads = false, nil
		} else if err != nil {
			return err
		}
	}
	return web.Render(w, r, status, publicLedgerPage(v))
}

// codeProof sends the proof behind a code as a file: the row's hash and its place, not the row.
func (h *Handlers) codeProof(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	line, err := h.IAM.LedgerCode(r.Context(), in.Get("ma"))
	if err != nil {
		return err
	}
	if line.State != iam.LineWhole {
		return fault.New(fault.Conflict, "iam.ledger_altered")
	}
	return sendProof(w, "bang-chung-"+strconv.FormatInt(line.Proof.Index, 10)+".json", line.Proof)
}

// sendProof sends a proof as a file to be kept.
func sendProof(w http.ResponseWriter, name string, proof any) error {
	b, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(b, '\n')) // the client may be gone
	return nil
}

// newestHead stands in the address in place of a size.
const newestHead = "moi-nhat"

// headNote sends a kept head as a signed note.
func (h *Handlers) headNote(w http.ResponseWriter, r *http.Request) error {
	s := r.PathValue("size")
	if s == newestHead {
		return plainNote(h.IAM.Ledger.NewestHead(r.Context()))(w)
	}
	size, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "iam.ledger_head_unknown")
	}
	return plainNote(h.IAM.Ledger.HeadAt(r.Context(), size))(w)
}

func plainNote(head iam.SignedHead, err error) func(http.ResponseWriter) error {
	return func(w http.ResponseWriter) error {
		if err != nil {
			return err
		}
		return plainText(w, head.Note)
	}
}

func plainText(w http.ResponseWriter, s string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = io.WriteString(w, s) // the client may be gone
	return nil
}

// ledgerKeys sends the public keys, the present one first, one in a line.
func (h *Handlers) ledgerKeys(w http.ResponseWriter, _ *http.Request) error {
	var b strings.Builder
	for _, k := range h.IAM.Ledger.Keys() {
		b.WriteString(k.String() + "\n")
	}
	return plainText(w, b.String())
}

// consistency sends the proof that the ledger only grew between two heads.
func (h *Handlers) consistency(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	first, err := strconv.ParseInt(q.Get("tu"), 10, 64)
	second, err2 := strconv.ParseInt(q.Get("den"), 10, 64)
	if err != nil || err2 != nil {
		return fault.New(fault.NotFound, "iam.ledger_head_unknown")
	}
	p, err := h.IAM.Ledger.Consistency(r.Context(), first, second)
	if err != nil {
		return err
	}
	return sendProof(w, "noi-tiep-"+q.Get("tu")+"-"+q.Get("den")+".json", p)
}

// headItems are the facts of a head.
func headItems(ctx context.Context, h logproof.Head) []ui.Item {
	return []ui.Item{{Label: ui.T(ctx, "iam.public.rows"), Value: i18n.Int(ctx, h.Size)}, {Label: ui.T(ctx, "iam.public.signed_at"), Value: i18n.DateTime(ctx, h.At)},
		{Label: ui.T(ctx, "iam.public.root"), Value: h.Root.String()}}
}
