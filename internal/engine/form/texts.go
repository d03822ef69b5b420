package form

import (
	"fmt"
	"strings"

	"lienthong/internal/kit/fault"
)

// Texts returns the catalogue of this package: for "vi" and "en" the texts of the keys that
// findings and faults carry, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, t := range [][3]string{
		{"form.required", "Hãy điền mục “{label}”", "Fill in “{label}”"},
		{"form.required_choice", "Hãy chọn “{label}”", "Choose “{label}”"},
		{"form.required_item", "Hãy thêm ít nhất một mục vào “{label}”", "Add at least one entry to “{label}”"},
		{"form.confirm", "Hãy đọc và đánh dấu vào ô xác nhận", "Read and tick the box to confirm"},
		{"form.too_short", "“{label}” cần có ít nhất {min} ký tự", "“{label}” must have at least {min} characters"},
		{"form.too_long", "“{label}” chỉ được dài tối đa {max} ký tự", "“{label}” must have at most {max} characters"},
		{"form.pattern", "“{label}” chưa đúng mẫu, hãy xem hướng dẫn tại mục này", "“{label}” is not in the expected form, see the hint there"},
		{"form.option", "Hãy chọn “{label}” trong danh sách", "Choose “{label}” from the list"},
		{"form.number", "“{label}” phải là một số, ví dụ 1.234,5", "“{label}” must be a number, such as 1.234,5 with a decimal comma"},
		{"form.integer", "“{label}” phải là số nguyên", "“{label}” must be a whole number"},
		{"form.min", "“{label}” phải từ {min} trở lên", "“{label}” must be {min} or more"},
		{"form.max", "“{label}” không được lớn hơn {max}", "“{label}” must be {max} or less"},
		{"form.above", "“{label}” phải lớn hơn {min}", "“{label}” must be more than {min}"},
		{"form.below", "“{label}” phải nhỏ hơn {max}", "“{label}” must be less than {max}"},
		{"form.multiple", "“{label}” phải chia hết cho {step}", "“{label}” must be a multiple of {step}"},
		{"form.date", "“{label}” phải là một ngày có thật, ví dụ 23/11/2026", "“{label}” must be a real date, such as 23/11/2026 (day, month, year)"},
		{"form.date_incomplete", "“{label}” cần đủ ngày, tháng và năm", "“{label}” must have a day, a month and a year"},
		{"form.date_future", "“{label}” phải là hôm nay hoặc trước hôm nay", "“{label}” must be today or before today"},
		{"form.date_order", "“{label}” không được trước “{other}” ({date})", "“{label}” must not be before “{other}” ({date})"},
		{"form.min_age", "Theo “{label}” thì người này chưa đủ {min} tuổi", "By “{label}” this person is not yet {min} years old"},
		{"form.year", "“{label}” phải là một năm có bốn chữ số, ví dụ 1990", "“{label}” must be a year of four digits, such as 1990"},
		{"form.year_future", "“{label}” không được sau năm {max}", "“{label}” must not be after {max}"},
		{"form.phone", "“{label}” phải có 10 chữ số, bắt đầu bằng số 0, ví dụ 0912 345 678", "“{label}” must have 10 digits and begin with 0, such as 0912 345 678"},
		{"form.email", "“{label}” phải là địa chỉ thư điện tử, ví dụ ten@example.com", "“{label}” must be an email address, such as name@example.com"},
		{"form.cccd", "“{label}” phải có 12 chữ số (hoặc 9 chữ số nếu là CMND cũ)", "“{label}” must have 12 digits (or 9 for a former identity card)"},
		{"form.area", "Hãy chọn “{label}” trong danh sách đơn vị hành chính", "Choose “{label}” from the list of administrative units"},
		{"form.min_items", "“{label}” cần có ít nhất {min} mục", "“{label}” needs at least {min} entries"},
		{"form.max_items", "“{label}” chỉ được có tối đa {max} mục", "“{label}” can have at most {max} entries"},
		{"form.unique", "“{label}” có mục bị trùng", "“{label}” has the same entry twice"},
		{"form.invalid", "“{label}” chưa hợp lệ", "“{label}” is not valid"},
		{"form.has_errors", "Tờ khai còn chỗ cần sửa", "The form has something to correct"},
		{"form.page_unknown", "Tờ khai không có trang này", "The form has no such page"},
		{"form.data_too_large", "Dữ liệu tờ khai lớn quá mức cho phép", "The data of the form is too large"},
		{"form.data_unreadable", "Không đọc được dữ liệu tờ khai", "The data of the form cannot be read"},
		{"form.definition", "Mẫu tờ khai chưa đúng: {detail}", "The form definition is not right: {detail}"},
	} {
		vi[t[0]], en[t[0]] = t[1], t[2]
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// Localise returns the findings with every Text and number in Args written out in the language, for
// catalogues that know texts only.
func Localise(fields []fault.Field, lang string) []fault.Field {
	out := make([]fault.Field, len(fields))
	for i, f := range fields {
		args := make(map[string]any, len(f.Args))
		for k, v := range f.Args {
			args[k] = argument(v, lang)
		}
		out[i] = fault.Field{Path: f.Path, Key: f.Key, Args: args}
	}
	return out
}

// Message returns the sentence about a finding in the language ("vi" unless it is "en"), or its
// key if the key is not of this package.
func Message(lang string, f fault.Field) string {
	if lang != "en" {
		lang = "vi"
	}
	s, ok := Texts()[lang][f.Key]
	if !ok {
		return f.Key
	}
	var pairs []string
	for k, v := range f.Args {
		pairs = append(pairs, "{"+k+"}", argument(v, lang))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func argument(v any, lang string) string {
	switch v := v.(type) {
	case Text:
		return v.In(lang)
	case string:
		return v
	}
	if n, ok := number(v); ok {
		return formatNumber(n, lang)
	}
	return fmt.Sprint(v)
}
