package procedure

import (
	"encoding/json"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// Status says how sure the province is of one field of a record.
type Status string

// The statuses, from checked to not known. Only Verified means that somebody compared the field
// with the text of the law or the decision that publishes the procedure.
const (
	Verified Status = "verified"
	Memory   Status = "memory"  // general knowledge, not compared with the text
	Assumed  Status = "assumed" // a sensible guess, so that the platform can work
	Unknown  Status = "unknown" // not known; the value is empty
)

// Statuses returns every status, the surest first.
func Statuses() []Status { return []Status{Verified, Memory, Assumed, Unknown} }

// Valid tells whether s is one of the four statuses.
func (s Status) Valid() bool {
	switch s {
	case Verified, Memory, Assumed, Unknown:
		return true
	}
	return false
}

// Sourced is a value with where it comes from and how sure that is.
type Sourced[T any] struct {
	Value  T      `json:"value"`
	Source string `json:"source"`
	Status Status `json:"status"`
}

// Channels by which a dossier is filed, as the national portal numbers them (CACHTHUCTHUCHIEN.KENH).
const (
	ChannelCounter = 1 // trực tiếp
	ChannelOnline  = 2 // trực tuyến
	ChannelPost    = 3 // bưu chính công ích
)

// Kinds of online service. Decree 42/2022/NĐ-CP replaced the levels 2, 3 and 4 of decree
// 43/2011/NĐ-CP by these two; records carry both because figures of both worlds are reported.
const (
	ServiceFull    = "toan_trinh"
	ServicePartial = "mot_phan"
)

// Levels of government at which a procedure is performed.
const (
	LevelCommune  = "commune"
	LevelDistrict = "district"
	LevelProvince = "province"
	LevelMinistry = "ministry"
)

// Record is an administrative procedure with the fields of the national database (LayThuTuc and
// the sections of the national portal), each with its source and status. Its JSON is the format
// of province packs and of import and export.
type Record struct {
	Code           Sourced[string]         `json:"code"`
	Name           Sourced[string]         `json:"name"`
	NameEN         Sourced[string]         `json:"name_en"`
	Field          Sourced[Field]          `json:"field"`
	Levels         Sourced[[]string]       `json:"levels"`
	Category       Sourced[string]         `json:"category"`
	Subjects       Sourced[[]string]       `json:"subjects"`
	Sequence       Sourced[[]Case]         `json:"sequence"`
	Methods        Sourced[[]Method]       `json:"methods"`
	Components     Sourced[[]ComponentSet] `json:"components"`
	Agencies       Sourced[Agencies]       `json:"agencies"`
	Result         Sourced[[]Coded]        `json:"result"`
	Legal          Sourced[[]Legal]        `json:"legal"`
	Requirements   Sourced[string]         `json:"requirements"`
	Keywords       Sourced[[]string]       `json:"keywords"`
	Description    Sourced[string]         `json:"description"`
	DecisionNumber Sourced[string]         `json:"decision_number"`
	ServiceLevel   Sourced[int]            `json:"service_level"`
	ServiceKind    Sourced[string]         `json:"service_kind"`
	ValidFrom      Sourced[*civil.Date]    `json:"valid_from"`

	// Process and Form are keys of the platform's own library, not facts about the law, so they
	// carry no source. An empty Form means the procedure is filed at a counter only.
	Process    string   `json:"process"`
	Form       string   `json:"form"`
	Offers     []Offer  `json:"offers"`
	LifeEvents []string `json:"life_event"`
	// Divisions names the division (its tag) that does the professional work at an agency of each
	// kind: {"commune": "tu-phap-ho-tich"}. It may be left out.
	Divisions Sourced[map[string]string] `json:"divisions,omitzero"`
	// Tacit says what it means that the time limit ends unanswered, for procedures whose law takes
	// silence for a yes; its source is the clause. It may be left out, and nearly always is.
	Tacit Sourced[*Tacit] `json:"tacit,omitzero"`
	// Wiring says which agencies take part, and where the platform's own choices above come from.
	// It may be left out.
	Wiring Wiring `json:"wiring,omitzero"`
}

// Wiring tells who receives and who decides. Both are "offer" (the agency the dossier is filed
// with; also the meaning of ""), "superior" (the agency above it) or "unit:<key>".
type Wiring struct {
	Reception string `json:"reception"`
	Decision  string `json:"decision"`
	Source    string `json:"source"`
	Status    Status `json:"status"`
}

// Values of Wiring beside "unit:<key>".
const (
	WiredOffer    = "offer"
	WiredSuperior = "superior"
)

// Field is the field of government (LINHVUCTHUCHIEN) a procedure belongs to.
type Field struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Case is one of the situations (TRUONGHOP) in which a procedure runs differently; Name is empty
// when there is only one.
type Case struct {
	Name  string   `json:"case"`
	Steps []string `json:"steps"`
}

// Method is one way to file (CACHTHUCTHUCHIEN): a channel with its time limit and fees.
type Method struct {
	Channel  int            `json:"channel"`
	Term     *worktime.Term `json:"term"`      // nil when the limit is not known
	TermText string         `json:"term_text"` // the limit in the words of the record
	// TermSource and TermStatus are the limit's own; empty means those of the methods as a whole.
	TermSource string `json:"term_source,omitempty"`
	TermStatus Status `json:"term_status,omitempty"`
	Fees       []Fee  `json:"fees"`
	Note       string `json:"note"`
}

// Fee kinds: the Law on Fees and Charges (97/2015/QH13) tells phí from lệ phí.
const (
	FeePhi   = "phi"
	FeeLePhi = "le_phi"
)

// Fee is one rate. Text is the wording of the rule with its exemptions, word for word: the amount
// alone misleads people who are exempt.
type Fee struct {
	Kind   string `json:"kind"`
	Amount *int64 `json:"amount"` // whole đồng; nil when the rate is not known
	Unit   string `json:"unit"`   // what the amount is for: "bản", "trang", "hồ sơ"
	Text   string `json:"text"`
	// Source and Status are the rate's own; empty means those of the methods as a whole.
	Source string `json:"source,omitempty"`
	Status Status `json:"status,omitempty"`
	// AmountStatus is the amount's own where it is surer than the wording; empty means Status.
	AmountStatus Status `json:"amount_status,omitempty"`
}

// ComponentSet is what has to be submitted in one case.
type ComponentSet struct {
	Case  string      `json:"case"`
	Items []Component `json:"items"`
}

// Component is one paper of a dossier (GIAYTO) with how many originals and copies are handed in.
type Component struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	FormName  string `json:"form_name"`
	Originals int    `json:"originals"`
	Copies    int    `json:"copies"`
	Required  bool   `json:"required"`
	Note      string `json:"note"`
	// Presented papers are shown at the counter and not handed in; EForm papers are replaced by
	// the electronic form when filing online. Neither is uploaded.
	Presented bool `json:"presented,omitempty"`
	EForm     bool `json:"eform,omitempty"`
}

// Agencies says who does what, in the words of the record; which offices of the province really
// receive a procedure follows from its offers.
type Agencies struct {
	Perform    Words `json:"perform"`
	Competent  Words `json:"competent"`
	Receive    Words `json:"receive"`
	Coordinate Words `json:"coordinate"`
}

// Words is a list of texts that may also be written as one text.
type Words []string

// UnmarshalJSON reads a list of texts, one text, or null.
func (w *Words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = nil
		if one != "" {
			*w = Words{one}
		}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*w = many
	return nil
}

// String returns the texts as one line.
func (w Words) String() string { return strings.Join(w, "; ") }

// Coded is a name with the code the national database gives it.
type Coded struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Legal is one document of the legal basis. Date is YYYY-MM-DD or empty.
type Legal struct {
	Number string `json:"number"`
	Title  string `json:"title"`
	Date   string `json:"date"`
}

// Offer says who receives dossiers: every unit of a kind ("commune", "district"), or the unit
// with the key.
type Offer struct {
	Kind string `json:"kind,omitempty"`
	Unit string `json:"unit,omitempty"`
}

// FieldRef points at one sourced field of a record.
type FieldRef struct {
	Key    string // the JSON name: "methods"
	Source *string
	Status *Status
	Empty  bool // the field has no value
}

// Fields returns every sourced field in the order people read them.
func (r *Record) Fields() []FieldRef {
	return []FieldRef{
		ref("code", &r.Code, r.Code.Value == ""),
		ref("name", &r.Name, r.Name.Value == ""),
		ref("name_en", &r.NameEN, r.NameEN.Value == ""),
		ref("field", &r.Field, r.Field.Value.Name == ""),
		ref("levels", &r.Levels, len(r.Levels.Value) == 0),
		ref("category", &r.Category, r.Category.Value == ""),
		ref("subjects", &r.Subjects, len(r.Subjects.Value) == 0),
		ref("description", &r.Description, r.Description.Value == ""),
		ref("sequence", &r.Sequence, len(r.Sequence.Value) == 0),
		ref("methods", &r.Methods, len(r.Methods.Value) == 0),
		ref("components", &r.Components, len(r.Components.Value) == 0),
		ref("agencies", &r.Agencies, len(r.Agencies.Value.Perform)+len(r.Agencies.Value.Competent)+
			len(r.Agencies.Value.Receive)+len(r.Agencies.Value.Coordinate) == 0),
		ref("result", &r.Result, len(r.Result.Value) == 0),
		ref("legal", &r.Legal, len(r.Legal.Value) == 0),
		ref("requirements", &r.Requirements, r.Requirements.Value == ""),
		ref("keywords", &r.Keywords, len(r.Keywords.Value) == 0),
		ref("decision_number", &r.DecisionNumber, r.DecisionNumber.Value == ""),
		ref("service_level", &r.ServiceLevel, r.ServiceLevel.Value == 0),
		ref("service_kind", &r.ServiceKind, r.ServiceKind.Value == ""),
		ref("valid_from", &r.ValidFrom, r.ValidFrom.Value == nil),
	}
}

func ref[T any](key string, s *Sourced[T], empty bool) FieldRef {
	return FieldRef{Key: key, Source: &s.Source, Status: &s.Status, Empty: empty}
}

// FieldKeys returns the JSON names of the sourced fields in the order of Fields.
func FieldKeys() []string {
	var r Record
	var keys []string
	for _, f := range r.Fields() {
		keys = append(keys, f.Key)
	}
	return keys
}

// Method returns the way to file by the channel (1, 2 or 3), or false.
func (r *Record) Method(channel int) (Method, bool) {
	for _, m := range r.Methods.Value {
		if m.Channel == channel {
			return m, true
		}
	}
	return Method{}, false
}

// Online tells whether the law lets people file online: service level 3 or 4, or one of the two
// newer kinds, and a way to file by channel 2.
func (r *Record) Online() bool {
	if _, ok := r.Method(ChannelOnline); !ok {
		return false
	}
	return r.ServiceLevel.Value >= 3 || r.ServiceKind.Value == ServiceFull || r.ServiceKind.Value == ServicePartial
}

// ComponentsOf returns the components of the named case; the first set if the name is empty or unknown.
func (r *Record) ComponentsOf(name string) []Component {
	for _, s := range r.Components.Value {
		if s.Case == name {
			return s.Items
		}
	}
	if len(r.Components.Value) > 0 {
		return r.Components.Value[0].Items
	}
	return nil
}

// Title returns the name in the language: the English one if lang is "en" and there is one.
func (r *Record) Title(lang string) string {
	if lang == "en" && r.NameEN.Value != "" {
		return r.NameEN.Value
	}
	return r.Name.Value
}

// Empty returns a record in which every field is unknown and comes from the given source, for
// editors to fill.
func Empty(source string) Record {
	var r Record
	for _, f := range r.Fields() {
		*f.Source, *f.Status = source, Unknown
	}
	r.Clean()
	return r
}
