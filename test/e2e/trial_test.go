package e2e

import (
	"strings"
	"testing"
)

// TestTrial lets an administrator try a procedure's process out before dossiers run on it: one dossier
// from submission to the handing over of its result with chosen outcomes and dates, without JavaScript;
// then a thousand, once as the place suggests and once with more work than people.
func TestTrial(t *testing.T) {
	p := start(t)
	b := startBrowser(t)
	admin := p.staff(t, "quantri.tinh")
	tb := b.open(t, p.base, desk(), withoutJS())
	tb.become(admin)
	tb.goTo("/quan-tri/thu-tuc/1.001612")
	tb.follow("Chạy thử Phiên bản 1")
	tb.press("Nơi và cách nộp")
	tb.choose("Cơ quan", "Ủy ban nhân dân huyện Chợ Đồn")
	tb.tick("Trực tiếp")
	tb.fillDate("Ngày nộp", "2026-11-25")
	tb.fill("Giờ nộp", "09:00")
	tb.push("Bắt đầu lại với hồ sơ này")
	tb.sees("Được tiếp nhận", "3 ngày làm việc", "30/11/2026 17:00")
	do := func(outcome, day, hour string) {
		t.Helper()
		tb.tick(outcome)
		if day != "" {
			tb.fillDate("Xong lúc", day)
			tb.fill("Giờ xong", hour)
		}
		tb.push("Làm bước này")
	}
	do("Đã phân công", "2026-11-25", "10:00")
	do("Yêu cầu bổ sung", "2026-11-26", "09:00")
	tb.sees("Đồng hồ đang dừng", "Yêu cầu bổ sung giấy tờ")
	do("Đã bổ sung", "2026-12-07", "09:00")
	tb.sees("09/12/2026")
	do("Đủ điều kiện", "2026-12-07", "08:00")
	tb.sees("trước việc đã làm cuối cùng")
	do("Đủ điều kiện", "2026-12-08", "08:00")
	tb.follow("Lùi một bước")
	do("Đủ điều kiện", "", "") // at the end of its budget
	for range 3 {
		tb.tick(eval[string](tb, `document.querySelector("#dang-cho ~ section input[type=radio]").closest("label").innerText.trim()`))
		tb.push("Làm bước này")
	}
	tb.sees("Đã xử lý xong", "Trả kết quả")
	walk := tb.path()

	full := b.open(t, p.base, desk())
	full.become(admin)
	full.goTo(walk)
	full.shot("one")
	full.inspect(t, desk())
	full.resize(phone())
	full.shot("one-phone")
	full.resize(desk())
	full.follow("Một nghìn hồ sơ")
	full.sees("Theo bước", "Hồ sơ vào")
	full.inspect(t, desk())
	full.fill("Số hồ sơ trong năm", "3000")
	full.push("Chạy lại")
	full.sees("Hồ sơ dồn ở bước", "3.000")
	full.shot("many")
	full.inspect(t, desk())
	full.resize(phone())
	full.shot("many-phone")
	full.resize(desk())
	if at := full.path(); !strings.Contains(at, "n=3000") {
		t.Errorf("the assumptions are not in the address %s", at)
	}
	full.fill("Số hồ sơ trong năm", "0")
	full.push("Chạy lại")
	full.sees("Số hồ sơ phải từ 1 đến 10.000")
	full.inspect(t, desk())
	full.goTo("/quan-tri/thu-vien/quy-trinh/lien-thong-song-song")
	full.follow("Chạy thử")
	full.inspect(t, desk())
	first, _ := budget("/quan-tri/thu-tuc")
	full.weigh(t, walk, first)
}
