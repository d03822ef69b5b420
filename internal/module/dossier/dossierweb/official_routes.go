package dossierweb

import (
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
)

// Bodies of requests that carry files: some papers at once, each of at most dossier.MaxFile.
const filesBody = 3*dossier.MaxFile + 1<<20

// officialRoutes registers the officials' pages. A page for everybody of staff shows what the
// module lets this official see; pages for one kind of work name its permission here, too.
func officialRoutes(r *web.Router, h *Handlers) {
	const (
		read    = web.Perm(dossier.PermRead)
		receive = web.Perm(dossier.PermReceive)
		approve = web.Perm(dossier.PermApprove)
		process = web.Perm(dossier.PermProcess)
		fee     = web.Perm(dossier.PermFee)
		stats   = web.Perm(dossier.PermStats)
	)
	// Worklist
	r.Handle("GET /can-bo", web.Staff, h.worklist)
	r.Handle("GET /can-bo/so-luong", web.Staff, h.liveWork)
	r.Handle("GET /can-bo/moi", receive, h.newcomers)
	r.Handle("GET /can-bo/da-chuyen", read, h.passed)
	r.Handle("GET /can-bo/da-chuyen/{file}", read, h.passedExport)
	r.Handle("GET /can-bo/so-theo-doi", read, h.register)
	r.Handle("GET /can-bo/so-theo-doi/in", read, h.registerPrint)
	r.Handle("GET /can-bo/so-theo-doi/tep/{file}", read, h.registerExport)
	r.Handle("GET /can-bo/danh-sach/{file}", web.Staff, h.worklistExport)
	r.Handle("POST /can-bo/hang-loat", web.Staff, h.bulk)
	r.Handle("GET /can-bo/tim", read, h.find)

	// Incidents of processes
	incident := web.Perm(dossier.PermIncident)
	r.Handle("GET /quan-tri/su-co", incident, h.incidents)
	r.Handle("POST /quan-tri/su-co/thu-lai", incident, h.retryIncidents)
	r.Handle("GET /quan-tri/su-co/{id}", incident, h.incident)
	r.Handle("POST /quan-tri/su-co/{id}/thu-lai", incident, h.retryIncident)
	r.Handle("POST /quan-tri/su-co/{id}/bo-qua", incident, h.skipIncident)

	// One dossier
	r.Handle("GET /can-bo/ho-so/{code}", read, h.dossierPage)
	r.Handle("POST /can-bo/ho-so/{code}/nhan", read, h.claim)
	r.Handle("POST /can-bo/ho-so/{code}/tra-viec", read, h.release)
	r.Handle("GET /can-bo/ho-so/{code}/buoc", read, h.stepPage)
	r.Handle("POST /can-bo/ho-so/{code}/buoc", read, h.step)
	r.Handle("GET /can-bo/ho-so/{code}/giao", read, h.assignPage)
	r.Handle("POST /can-bo/ho-so/{code}/giao", read, h.assign)
	r.Handle("GET /can-bo/ho-so/{code}/bo-sung", read, h.supplementPage)
	r.Handle("POST /can-bo/ho-so/{code}/bo-sung", read, h.supplement)
	r.Handle("GET /can-bo/ho-so/{code}/lay-lai", read, h.takeBackPage)
	r.Handle("POST /can-bo/ho-so/{code}/lay-lai", read, h.takeBack)
	r.Handle("POST /can-bo/ho-so/{code}/y-kien", read, h.comment)
	r.Handle("POST /can-bo/ho-so/{code}/kiem-tra", read, h.judge)
	r.Handle("POST /can-bo/ho-so/{code}/tep", read, h.attach, web.MaxBody(filesBody))
	r.Handle("POST /can-bo/ho-so/{code}/tep/go", read, h.detach)
	r.Handle("GET /can-bo/tep/{id}", read, h.file, web.Uncompressed())
	r.Handle("GET /can-bo/ho-so/{code}/gia-han", approve, h.extendPage)
	r.Handle("POST /can-bo/ho-so/{code}/gia-han", approve, h.extend)
	r.Handle("GET /can-bo/ho-so/{code}/tam-dung", approve, h.holdPage)
	r.Handle("POST /can-bo/ho-so/{code}/tam-dung", approve, h.hold)
	r.Handle("GET /can-bo/ho-so/{code}/tiep-tuc", approve, h.resumePage)
	r.Handle("POST /can-bo/ho-so/{code}/tiep-tuc", approve, h.resume)
	r.Handle("GET /can-bo/ho-so/{code}/rut", receive, h.withdrawPage)
	r.Handle("POST /can-bo/ho-so/{code}/rut", receive, h.withdraw)
	r.Handle("GET /can-bo/ho-so/{code}/sua", receive, h.correctPage)
	r.Handle("POST /can-bo/ho-so/{code}/sua", receive, h.correct)
	r.Handle("GET /can-bo/ho-so/{code}/nop-bo-sung", receive, h.answerPage)
	r.Handle("POST /can-bo/ho-so/{code}/nop-bo-sung", receive, h.answer, web.MaxBody(filesBody))
	r.Handle("GET /can-bo/ho-so/{code}/nghia-vu", process, h.dutyPage)
	r.Handle("POST /can-bo/ho-so/{code}/nghia-vu", process, h.duty)
	r.Handle("GET /can-bo/ho-so/{code}/thu-tien", fee, h.payPage)
	r.Handle("POST /can-bo/ho-so/{code}/thu-tien", fee, h.pay)
	r.Handle("GET /can-bo/ho-so/{code}/can-cuoc", receive, h.cardPage)
	r.Handle("POST /can-bo/ho-so/{code}/can-cuoc", receive, h.card)
	r.Handle("GET /can-bo/ho-so/{code}/in/{form}", read, h.print)

	// Counter
	r.Handle("GET /can-bo/tiep-nhan", receive, h.counter)
	r.Handle("POST /can-bo/tiep-nhan", receive, h.counterStart)
	r.Handle("GET /can-bo/tiep-nhan/{draft}", receive, h.counterForm)
	r.Handle("POST /can-bo/tiep-nhan/{draft}", receive, h.counterPost, web.MaxBody(filesBody))
	r.Handle("POST /can-bo/tiep-nhan/{draft}/luu", receive, h.counterSave)
	r.Handle("GET /can-bo/da-tiep-nhan/{code}", receive, h.counterDone)
	r.Handle("GET /can-bo/nguoi-dan", receive, h.citizen)
	r.Handle("POST /can-bo/nguoi-dan", receive, h.citizenCheck)

	// Hand-over, money, proposals, figures
	r.Handle("GET /can-bo/ban-giao", read, h.handovers)
	r.Handle("POST /can-bo/ban-giao", read, h.handOver)
	r.Handle("GET /can-bo/ban-giao-tep/{file}", read, h.handoversExport)
	r.Handle("GET /can-bo/ban-giao/{id}", read, h.handover)
	r.Handle("POST /can-bo/ban-giao/{id}", read, h.takeOver)
	r.Handle("GET /can-bo/ban-giao/{id}/in", read, h.handoverPrint)
	r.Handle("GET /can-bo/thu-phi", fee, h.fees)
	r.Handle("GET /can-bo/thu-phi/in", fee, h.feesPrint)
	r.Handle("GET /can-bo/thu-phi/tep/{file}", fee, h.feesExport)
	r.Handle("GET /can-bo/thu-phi/huy/{id}", fee, h.cancelPage)
	r.Handle("POST /can-bo/thu-phi/huy/{id}", fee, h.cancelPayment)
	r.Handle("GET /can-bo/de-nghi", approve, h.proposals)
	r.Handle("POST /can-bo/de-nghi/{id}", approve, h.decide)
	r.Handle("GET /can-bo/thong-ke", stats, h.figures)
	r.Handle("GET /can-bo/thong-ke/so-lieu", stats, h.liveFigures)
	r.Handle("GET /can-bo/thong-ke/ho-so", stats, h.drillDown)
	r.Handle("GET /can-bo/thong-ke/tep/{file}", stats, h.figuresExport)
	r.Handle("GET /can-bo/qua-han", stats, h.overdue)
	r.Handle("GET /can-bo/qua-han/tep/{file}", stats, h.overdueExport)
	r.Handle("GET /can-bo/qua-han/nhac-han", approve, h.watch)
	r.Handle("POST /can-bo/qua-han/nhac-han", approve, h.setWatch)
	r.Handle("POST /can-bo/thong-ke/dinh-ky", stats, h.reportSubscribe)
	r.Handle("POST /can-bo/thong-ke/dinh-ky/{id}", stats, h.reportChange)
}
