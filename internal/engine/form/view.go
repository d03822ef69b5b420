package form

// Text is a text by language ("vi", "en"). Vietnamese is always there.
type Text map[string]string

// In returns the text in the language, or in Vietnamese if it has not been translated.
func (t Text) In(lang string) string {
	if s := t[lang]; s != "" {
		return s
	}
	return t["vi"]
}

// String returns the Vietnamese text.
func (t Text) String() string { return t["vi"] }

// Widget says how a field is asked for.
type Widget string

// The widgets of layout files.
const (
	WidgetText     Widget = "text"
	WidgetTextarea Widget = "textarea"
	WidgetDate     Widget = "date"
	WidgetRadio    Widget = "radio"
	WidgetSelect   Widget = "select"
	WidgetCheckbox Widget = "checkbox"
	WidgetPhone    Widget = "phone"
	WidgetEmail    Widget = "email"
	WidgetCCCD     Widget = "cccd"
	WidgetArea     Widget = "area"
	WidgetNumber   Widget = "number"
	WidgetMoney    Widget = "money"
	WidgetYear     Widget = "year"
	WidgetRepeat   Widget = "repeat" // never written in a layout; given to fields with "repeat"
)

// Option is one choice of a radio, select or checkbox field. Value is the text that is posted.
type Option struct {
	Value string
	Label Text
}

// Page is one visible question page, ready to be rendered.
type Page struct {
	ID     string
	Title  Text
	Intro  Text // nil if there is none
	Fields []Field
}

// Field is one visible question with its present answer.
type Field struct {
	Path         string // JSON pointer with item indices; also the id in fault.Field.Path
	Name         string // name of the HTML input; dates may post Name+".d", ".m", ".y", areas Name+".code", ".name"
	Label        Text
	Help         Text // nil if there is none
	Widget       Widget
	Options      []Option
	Optional     bool
	Value        any       // the typed value, nil if empty or unreadable
	Text         string    // what a single input shows: as people write it, or what was typed and could not be read
	Date         DateParts // what the three inputs of a date show
	Selected     []string  // the chosen option values; "true" for a ticked checkbox without options
	Area         Area
	Partial      bool   // a date of which day, or day and month, may stay empty
	Suffix       Text   // unit shown behind the input: m², đồng
	Autocomplete string // token of HTML's autocomplete attribute, "" for none
	InputMode    string // HTML inputmode, "" for the usual keyboard
	MaxLength    int    // in characters, 0 for no own limit
	Prefill      string // the source this was or may be filled from, "account.name", so the page can name it
	Repeat       *Repeat
}

// IsSelected tells whether the option with the value is chosen.
func (f Field) IsSelected(value string) bool {
	for _, s := range f.Selected {
		if s == value {
			return true
		}
	}
	return false
}

// DateParts are the texts of the three inputs of a date.
type DateParts struct{ D, M, Y string }

// Area is an administrative unit as it was called when it was chosen.
type Area struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Repeat is a group of fields that is asked several times. The page posts the hidden input
// CountName with the number of items shown; a button AddName with the value Path adds an item, a
// button RemoveName with the value Item.Path removes one. Both are ordinary submit buttons.
type Repeat struct {
	Min, Max  int
	Item      Text // what one item is called: "Thành viên"
	Items     []Item
	CanAdd    bool
	CountName string
}

// Item is one repetition.
type Item struct {
	Path      string
	Number    int // from 1
	Fields    []Field
	CanRemove bool
}

// AddName and RemoveName are the names of the submit buttons of repeated groups.
const (
	AddName    = "_add"
	RemoveName = "_remove"
)

// Section is a page, or one item of a repeated group, in words.
type Section struct {
	Title  string
	PageID string
	Items  []Line
}

// Line is one answered question in words. Missing says that it is required and still empty or
// unreadable; Value then holds what was typed, if anything.
type Line struct {
	Label   string
	Value   string
	Path    string
	PageID  string
	Missing bool
}
