package dmn

// Texts returns the catalogue of this package: for "vi" and "en" the sentences of every key that a
// Problem, a Note or a Firing carries, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, t := range dmnTexts() {
		vi[t[0]], en[t[0]] = t[1], t[2]
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// dmnTexts holds the sentences: key, Vietnamese, English.
func dmnTexts() [][3]string {
	return [][3]string{
		// The file
		{"dmn.size.file", "Tệp quyết định lớn hơn {limit}.", "The decision file is larger than {limit}."},
		{"dmn.size.elements", "Tệp có quá nhiều phần tử hoặc lồng nhau quá sâu.", "The file has too many elements or nests too deeply."},
		{"dmn.size.text", "Một phần tử chứa nhiều hơn {limit} byte chữ.", "An element holds more than {limit} bytes of text."},
		{"dmn.size.steps", "Quyết định “{name}” cần quá nhiều phép tính nên đã dừng.", "The decision “{name}” took more steps than allowed and was stopped."},
		{"dmn.xml.broken", "Tệp không phải XML đúng chuẩn, sai ở dòng {line}.", "The file is not well-formed XML; the fault is on line {line}."},
		{"dmn.xml.charset", "Không đọc được bảng mã {charset}; hãy lưu tệp bằng UTF-8.", "The character set {charset} is not read; save the file as UTF-8."},
		{"dmn.xml.doctype", "Tệp có khai báo DOCTYPE hoặc thực thể; vì an toàn nên không nhận.", "The file declares a document type or entities; this is refused for safety."},
		{"dmn.xml.root", "Đây không phải tệp DMN 1.1 đến 1.5: phần tử ngoài cùng là {name}.", "This is not a file of DMN 1.1 to 1.5: its outermost element is {name}."},
		{"dmn.import.missing", "Tệp cần mô hình {namespace}, nhưng mô hình đó chưa được cung cấp.", "The file imports the model {namespace}, which was not given."},
		{"dmn.id.missing", "Có phần tử {type} không có mã (id), không có tên hoặc tên quá dài.", "A {type} has neither id nor name, or one that is too long."},
		{"dmn.id.twice", "Mã {element} được dùng cho hai phần tử.", "The id {element} is used by two elements."},
		{"dmn.ref.dangling", "{attribute} trỏ tới {ref}, là phần tử không có trong tệp hoặc không đúng loại.", "{attribute} points to {ref}, which is not in the file or is of the wrong kind."},
		{"dmn.ref.cycle", "“{name}” cần đến chính kết quả của nó nên không bao giờ tính được.", "“{name}” requires itself and could never be decided."},
		{"dmn.type.unknown", "Không có kiểu dữ liệu “{type}”.", "There is no type “{type}”."},
		{"dmn.type.cycle", "Kiểu dữ liệu “{type}” được định nghĩa bằng chính nó.", "The type “{type}” is defined by itself."},
		// What is written in it
		{"dmn.decision.empty", "“{name}” chưa có cách quyết định.", "“{name}” has no logic yet."},
		{"dmn.decision.unknown", "Không có quyết định “{name}”.", "There is no decision “{name}”."},
		{"dmn.input.kind", "Giá trị của “{name}” không thuộc loại dùng được.", "The value of “{name}” is of a kind that cannot be used."},
		{"dmn.expression.syntax", "Không đọc được biểu thức “{text}”. {reason}", "The expression “{text}” cannot be read. {reason}"},
		{"dmn.expression.language", "Biểu thức viết bằng ngôn ngữ {language}; hệ thống chỉ dùng FEEL.", "The expression is written in {language}; only FEEL is used."},
		{"dmn.name.unknown", "Không có gì mang tên “{name}” ở đây; hãy nối dữ liệu hoặc quyết định cần dùng vào sơ đồ.", "Nothing here has the name “{name}”; connect the data or the decision it needs in the diagram."},
		{"dmn.function.kind", "Hàm viết bằng ngôn ngữ khác ({kind}) không được thực thi.", "Functions written in another language ({kind}) are not executed."},
		{"dmn.relation.row", "Một dòng của bảng quan hệ có {cells} ô, trong khi có {columns} cột.", "A row of the relation has {cells} cells for {columns} columns."},
		{"dmn.table.policy", "Bảng quyết định có chính sách không rõ: {policy}.", "The decision table has an unknown hit policy or aggregation: {policy}."},
		{"dmn.table.output", "Bảng quyết định không có cột kết quả.", "The decision table has no output."},
		{"dmn.table.row", "Dòng {rule} có {cells} ô, trong khi bảng có {columns} cột.", "Rule {rule} has {cells} cells for {columns} columns."},
		{"dmn.table.rules", "Bảng quyết định có hơn {limit} dòng.", "The decision table has more than {limit} rules."},
		{"dmn.table.priority", "Bảng xếp theo ưu tiên nhưng cột kết quả không nêu thứ tự các giá trị.", "The table decides by priority, but no output lists its values in order."},
		{"dmn.table.overlap", "Dòng {a} và dòng {b} cùng khớp khi {example}, trong khi mỗi trường hợp chỉ được một dòng.", "Rules {a} and {b} both match when {example}, but only one may."},
		{"dmn.table.gap", "Không dòng nào khớp khi {example}.", "No rule matches when {example}."},
		{"dmn.table.unreachable", "Dòng {rule} không bao giờ được dùng.", "Rule {rule} is never used."},
		// Why there is no value
		{"dmn.null.type", "Giá trị {value} không thuộc kiểu {type}.", "The value {value} is not of type {type}."},
		{"dmn.null.function", "Giá trị kiểu {type} không phải là hàm.", "A {type} is not a function."},
		{"dmn.null.parameter", "Hàm không có tham số “{name}”.", "The function has no parameter “{name}”."},
		{"dmn.null.iterate", "Giá trị này không duyệt lần lượt được.", "This value cannot be gone through."},
		{"dmn.null.expression", "“{text}” không có giá trị. {reason}", "“{text}” has no value. {reason}"},
		{"dmn.null.allowed", "“{name}” có giá trị {value}, không nằm trong các giá trị được phép: {allowed}.", "“{name}” is {value}, which is not among the allowed values: {allowed}."},
		{"dmn.null.unique", "Các dòng {rules} cùng khớp, trong khi mỗi trường hợp chỉ được một dòng.", "The rules {rules} all match, but only one may."},
		{"dmn.null.any", "Các dòng {rules} cùng khớp nhưng cho kết quả khác nhau.", "The rules {rules} all match and say different things."},
		{"dmn.null.priority", "Không biết thứ tự ưu tiên của các kết quả.", "The outputs have no order of priority."},
		{"dmn.null.nomatch", "Không dòng nào của bảng khớp.", "No rule of the table matches."},
		{"dmn.null.aggregate", "Không tổng hợp được bảng có nhiều cột kết quả.", "A table of several outputs cannot be aggregated."},
		// What a table says for itself
		{"dmn.explain.rule", "dòng {rule} ({tests})", "rule {rule} ({tests})"},
		{"dmn.explain.matched", "Bảng “{decision}” ({policy}), với {inputs}: khớp {why}; kết quả {value}.", "Table “{decision}” ({policy}), with {inputs}: matched {why}; result {value}."},
		{"dmn.explain.default", "Bảng “{decision}” ({policy}), với {inputs}: không dòng nào khớp nên dùng giá trị mặc định {value}.", "Table “{decision}” ({policy}), with {inputs}: no rule matched, so the default {value} holds."},
		{"dmn.explain.none", "Bảng “{decision}” ({policy}), với {inputs}: không dòng nào khớp, không có kết quả.", "Table “{decision}” ({policy}), with {inputs}: no rule matched and there is no result."},
		{"dmn.explain.conflict", "Bảng “{decision}” ({policy}), với {inputs}: các dòng {rules} mâu thuẫn nhau nên không có kết quả.", "Table “{decision}” ({policy}), with {inputs}: the rules {rules} contradict each other, so there is no result."},
		{"dmn.explain.refused", "Bảng “{decision}” ({policy}), với {inputs}: có giá trị đầu vào không được phép nên không có kết quả.", "Table “{decision}” ({policy}), with {inputs}: an input has a value that is not allowed, so there is no result."},
	}
}
