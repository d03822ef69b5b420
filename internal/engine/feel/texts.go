package feel

import (
	"fmt"
	"strings"
)

// Texts returns the catalogue of this package: for "vi" and "en" the sentences of every key that an
// Error or a Note carries, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, t := range feelTexts() {
		vi[t[0]], en[t[0]] = t[1], t[2]
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// Text returns the sentence in the language: "en", otherwise Vietnamese.
func (e *Error) Text(lang string) string {
	return fill(lang, e.Key, map[string]any{"line": e.Line, "column": e.Column, "near": e.Near})
}

// Text returns the sentence in the language: "en", otherwise Vietnamese.
func (n Note) Text(lang string) string { return fill(lang, n.Key, n.Args) }

func fill(lang, key string, args map[string]any) string {
	for _, t := range feelTexts() {
		if t[0] != key {
			continue
		}
		s := t[1]
		if lang == "en" {
			s = t[2]
		}
		for k, v := range args {
			w := []rune(fmt.Sprint(v))
			if len(w) > 120 {
				w = append(w[:120], '…')
			}
			s = strings.ReplaceAll(s, "{"+k+"}", string(w))
		}
		return s
	}
	return key
}

// feelTexts holds the sentences: key, Vietnamese, English.
func feelTexts() [][3]string {
	return [][3]string{
		// Reading a text
		{"feel.parse.unexpected", "Dòng {line}, cột {column}: không hiểu từ “{near}”.", "Line {line}, column {column}: “{near}” was not expected."},
		{"feel.parse.end", "Dòng {line}, cột {column}: biểu thức bị thiếu phần cuối.", "Line {line}, column {column}: the expression ends too early."},
		{"feel.parse.comment", "Dòng {line}, cột {column}: chú thích không có dấu kết thúc */.", "Line {line}, column {column}: the comment is not closed with */."},
		{"feel.parse.string", "Dòng {line}, cột {column}: chuỗi chữ không có dấu ngoặc kép đóng.", "Line {line}, column {column}: the string is not closed."},
		{"feel.parse.escape", "Dòng {line}, cột {column}: dấu \\ không đứng trước ký tự hợp lệ.", "Line {line}, column {column}: this escape is not known."},
		{"feel.parse.number", "Dòng {line}, cột {column}: số nằm ngoài phạm vi tính được.", "Line {line}, column {column}: the number is out of range."},
		{"feel.parse.name", "Dòng {line}, cột {column}: ở đây cần một tên, nhưng gặp “{near}”.", "Line {line}, column {column}: a name is needed where “{near}” stands."},
		{"feel.parse.argument", "Dòng {line}, cột {column}: đã gọi theo tên tham số thì mọi tham số đều phải có tên.", "Line {line}, column {column}: when one argument has a name, all must have one."},
		{"feel.parse.type", "Dòng {line}, cột {column}: không có kiểu dữ liệu “{near}”.", "Line {line}, column {column}: there is no type “{near}”."},
		{"feel.parse.depth", "Dòng {line}, cột {column}: biểu thức lồng nhau quá nhiều hoặc quá dài.", "Line {line}, column {column}: the expression nests too deeply or is too long."},
		{"feel.parse.long", "Biểu thức quá dài.", "The expression is too long."},
		// Why there is no value
		{"feel.null.name", "Không có gì mang tên “{name}”.", "Nothing has the name “{name}”."},
		{"feel.null.entry", "Không có mục “{name}”.", "There is no entry “{name}”."},
		{"feel.null.property", "Giá trị kiểu {type} không có thuộc tính “{name}”.", "A value of type {type} has no property “{name}”."},
		{"feel.null.compare", "Không so sánh được {a} với {b}.", "{a} and {b} do not compare."},
		{"feel.null.arithmetic", "Không tính được phép “{op}” với {a} và {b}.", "“{op}” does not work with {a} and {b}."},
		{"feel.null.overflow", "Phép “{op}” không có kết quả hoặc kết quả quá lớn.", "“{op}” has no result, or one that is too large."},
		{"feel.null.literal", "“{text}” không phải là giá trị hợp lệ.", "“{text}” is not a value of this kind."},
		{"feel.null.range", "Khoảng giá trị không có đầu nào.", "The range has no ends."},
		{"feel.null.twice", "Mục “{name}” có hai lần.", "The entry “{name}” is there twice."},
		{"feel.null.index", "Danh sách có {count} phần tử, không có phần tử ở vị trí này.", "The list has {count} elements and none at this place."},
		{"feel.null.iterate", "Không duyệt lần lượt được giá trị kiểu {type}.", "A {type} cannot be gone through."},
		{"feel.null.function", "Giá trị kiểu {type} không phải là hàm.", "A {type} is not a function."},
		{"feel.null.arguments", "Hàm “{name}” được gọi với số hoặc tên tham số không đúng.", "The function “{name}” was called with a wrong number of arguments or wrong names."},
		{"feel.null.argument", "Hàm “{name}” không dùng được các giá trị: {given}.", "The function “{name}” does not work with: {given}."},
		{"feel.null.parameter", "Tham số “{name}” phải có kiểu {type}, nhưng nhận {given}.", "The parameter “{name}” is of type {type} and was given {given}."},
		{"feel.null.result", "Kết quả không có kiểu {type}.", "The result is not of type {type}."},
		{"feel.null.external", "Hàm viết bằng ngôn ngữ khác không được gọi ở đây.", "Functions written in another language are not called here."},
		{"feel.null.pattern", "Không dùng được mẫu “{pattern}”.", "The pattern “{pattern}” cannot be used."},
		{"feel.null.steps", "Phép tính dài quá giới hạn nên đã dừng.", "The calculation took more steps than allowed and was stopped."},
		{"feel.null.calls", "Các hàm gọi nhau quá sâu nên đã dừng.", "Functions called each other too deeply and were stopped."},
	}
}
