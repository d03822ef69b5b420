package outbox

import (
	"embed"

	"lienthong/internal/kit/i18n"
)

//go:embed texts/*.json
var texts embed.FS

// Texts returns what this package says to people.
func Texts() i18n.Source { return i18n.Files(texts) }
