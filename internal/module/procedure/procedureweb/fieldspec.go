package procedureweb

import (
	"context"

	"lienthong/internal/module/procedure"
)

// spec describes one place of a record's JSON for the editor: what is asked, with which control,
// and how what was typed becomes a value. One description makes the form, reads it back and names
// the place of an error, so the three cannot drift apart.
type spec struct {
	name   string // key in the JSON object; empty for the value itself
	label  string // key of the label, after "procedure."
	help   string // key of the help, after "procedure."
	kind   specKind
	opts   []string // of a choice
	words  string   // prefix of the keys of the choices' words
	fields []spec   // of an object or of a list's items
	item   string   // key of an item's title, which takes n
	add    string   // key of the button that adds an item
}

type specKind int

// The kinds of places.
const (
	kText    specKind = iota
	kProse            // several lines
	kLines            // a list of texts, one per line
	kInt              // a whole number, 0 if empty
	kMoney            // whole đồng, null if empty
	kDate             // YYYY-MM-DD, null if empty
	kChoice           // one of opts, or empty
	kChoices          // several of opts
	kBool             // a check box
	kObject           // fields side by side
	kTerm             // a time limit: number and unit, null if both are empty
	kList             // a repeated group of fields
)

// specOf returns how the value of a record's field is edited.
func specOf(field string) (spec, bool) {
	statuses := []string{}
	for _, s := range procedure.Statuses() {
		statuses = append(statuses, string(s))
	}
	status := func(name, label string) spec {
		return spec{name: name, label: label, kind: kChoice, opts: statuses, words: "status."}
	}
	switch field {
	case "name", "name_en", "category", "decision_number":
		return spec{label: "f." + field}, true
	case "description", "requirements":
		return spec{label: "f." + field, kind: kProse}, true
	case "subjects", "keywords":
		return spec{label: "f." + field, help: "h.lines", kind: kLines}, true
	case "field":
		return spec{label: "f.field", kind: kObject, fields: []spec{
			{name: "code", label: "f.field_code"}, {name: "name", label: "f.field_name"}}}, true
	case "levels":
		return spec{label: "f.levels", kind: kChoices, words: "level.", opts: []string{procedure.LevelCommune,
			procedure.LevelDistrict, procedure.LevelProvince, procedure.LevelMinistry}}, true
	case "service_level":
		return spec{label: "f.service_level", kind: kInt}, true
	case "service_kind":
		return spec{label: "f.service_kind", kind: kChoice, words: "kind.", opts: []string{procedure.ServiceFull, procedure.ServicePartial}}, true
	case "valid_from":
		return spec{label: "f.valid_from", kind: kDate}, true
	case "sequence":
		return spec{label: "f.sequence", kind: kList, item: "admin.case_item", add: "admin.add_case", fields: []spec{
			{name: "case", label: "f.case"}, {name: "steps", label: "f.steps", kind: kLines}}}, true
	case "methods":
		return spec{label: "f.methods", kind: kList, item: "admin.method_item", add: "admin.add_method", fields: []spec{
			{name: "channel", label: "f.channel", kind: kChoice, opts: []string{"1", "2", "3"}, words: "channel."},
			{name: "term", kind: kTerm, opts: []string{"same_day", "working_hour", "working_day", "day", "week", "month"}, words: "unit."},
			{name: "term_text", label: "f.term_text", kind: kProse},
			{name: "term_source", label: "f.term_source"}, status("term_status", "f.term_status"),
			{name: "fees", label: "f.fees", kind: kList, item: "admin.fee_item", add: "admin.add_fee", fields: []spec{
				{name: "kind", label: "f.kind", kind: kChoice, opts: []string{procedure.FeePhi, procedure.FeeLePhi}, words: "fee."},
				{name: "amount", label: "f.amount", kind: kMoney}, {name: "unit", label: "f.unit"},
				{name: "text", label: "f.fee_text", kind: kProse},
				{name: "source", label: "f.source"}, status("status", "f.status"), status("amount_status", "f.amount_status")}},
			{name: "note", label: "f.note", kind: kProse}}}, true
	case "components":
		return spec{label: "f.components", kind: kList, item: "admin.case_item", add: "admin.add_case", fields: []spec{
			{name: "case", label: "f.case"},
			{name: "items", label: "f.components", kind: kList, item: "admin.paper_item", add: "admin.add_paper", fields: []spec{
				{name: "code", label: "f.item_code"}, {name: "name", label: "f.item_name", kind: kProse}, {name: "form_name", label: "f.form_name"},
				{name: "originals", label: "f.originals", kind: kInt}, {name: "copies", label: "f.copies", kind: kInt},
				{name: "required", label: "f.required", kind: kBool}, {name: "eform", label: "f.eform", kind: kBool},
				{name: "presented", label: "f.presented", kind: kBool}, {name: "note", label: "f.note", kind: kProse}}}}}, true
	case "agencies":
		return spec{label: "f.agencies", kind: kObject, fields: []spec{
			{name: "perform", label: "f.perform", kind: kLines}, {name: "competent", label: "f.competent", kind: kLines},
			{name: "receive", label: "f.receive", kind: kLines}, {name: "coordinate", label: "f.coordinate", kind: kLines}}}, true
	case "result":
		return spec{label: "f.result", kind: kList, item: "admin.item", add: "admin.add", fields: []spec{
			{name: "code", label: "f.item_code"}, {name: "name", label: "f.result_name"}}}, true
	case "legal":
		return spec{label: "f.legal", kind: kList, item: "admin.item", add: "admin.add", fields: []spec{
			{name: "number", label: "f.number"}, {name: "title", label: "f.title"}, {name: "date", label: "f.date", kind: kDate}}}, true
	}
	return spec{}, false
}

// platformSpec describes the fields that are the platform's own, not the law's.
func platformSpec(forms, processes []procedure.Asset) spec {
	keys := func(list []procedure.Asset) (out []string) {
		for _, a := range list {
			out = append(out, a.Key)
		}
		return out
	}
	statuses := []string{}
	for _, s := range procedure.Statuses() {
		statuses = append(statuses, string(s))
	}
	return spec{kind: kObject, fields: []spec{
		{name: "process", label: "f.process", kind: kChoice, opts: keys(processes)},
		{name: "form", label: "f.form", help: "h.form", kind: kChoice, opts: keys(forms)},
		{name: "offers", label: "f.offers", help: "h.offers", kind: kLines},
		{name: "life_event", label: "f.life_event", help: "h.slugs", kind: kLines},
		{name: "divisions", label: "f.divisions", help: "h.divisions", kind: kLines},
		{name: "reception", label: "f.reception"}, {name: "decision", label: "f.decision"},
		{name: "source", label: "f.wiring_source"},
		{name: "status", label: "f.wiring_status", kind: kChoice, opts: statuses, words: "status."},
	}}
}

// word is what people read for a choice.
func (s spec) word(ctx context.Context, value string) string {
	if s.words == "" {
		return value
	}
	return known(ctx, s.words, value)
}
