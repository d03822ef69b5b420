// Package ui holds the look: page layouts and components as templ templates over plain view
// models. Components ask nothing of the modules; handlers fill the models and the context carries
// the site, the language and who is acting (see Env, i18n and actor).
//
// Every component works without JavaScript and without inline styles or scripts, because the
// content security policy forbids both. Red means overdue or wrong and nothing else.
//
//	@ui.CitizenPage(ui.Page{Title: "…"}) { … }    pages for citizens
//	@ui.OfficialPage(ui.Page{Title: "…"}) { … }   worklists and desks of officials
//	@ui.PrintPage(ui.Page{Title: "…"}, "A5") { … } receipts and slips
package ui
