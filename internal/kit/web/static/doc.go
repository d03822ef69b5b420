// Package static holds the files every page shares (style sheet, font, icons, script) and serves
// them under names that carry a hash of their content, so that a browser keeps them for good and
// a new version is fetched at once. Texts are compressed on first use and then kept.
//
// Inter VN is Inter by The Interface Project Authors, cut down to Vietnamese, under the SIL Open
// Font License 1.1; the icons are Tabler Icons by Paweł Kuna under the MIT licence. Both licences
// are served as /static/LICENSES.txt.
package static
