package dossierweb

import (
	"context"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/iam"
)

// People is what the citizens' pages ask about the citizen who acts, so that nobody types again
// what is known. iam.Service answers it.
type People interface {
	// Contact returns the confirmed phone number and e-mail address; either may be empty.
	Contact(ctx context.Context, account id.ID) (phone, email string, err error)
	// Identities returns the person's papers as declared or checked.
	Identities(ctx context.Context, who actor.Actor, account id.ID) ([]iam.Identity, error)
}

// known returns what is known of the citizen, by the names that layouts give to sources.
func (h citizen) known(ctx context.Context) (map[string]any, error) {
	who := actor.From(ctx)
	src := map[string]any{}
	put := func(key, v string) {
		if v != "" {
			src["account."+key] = v
		}
	}
	if h.People == nil || who.Account.Zero() {
		return src, nil
	}
	phone, email, err := h.People.Contact(ctx, who.Account)
	if err != nil {
		return nil, err
	}
	papers, err := h.People.Identities(ctx, who, who.Account)
	if err != nil {
		return nil, err
	}
	// An account without a name of its own is called by its number or address.
	if digits := strings.Trim(who.Name, "0123456789 +"); digits != "" && !strings.Contains(who.Name, "@") && !strings.ContainsAny(who.Name, "*•") {
		put("name", who.Name)
	}
	for _, p := range papers {
		if p.DocKind != "cccd" && p.DocKind != "cmnd" {
			continue
		}
		put("name", p.Name)
		put("cccd", p.DocNumber)
		if p.BirthDate != nil {
			put("birth_date", p.BirthDate.String())
		}
		if p.How != "self" {
			break // a checked paper is surer than any declared one
		}
	}
	put("phone", phone)
	put("email", email)
	return src, nil
}
