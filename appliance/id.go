package appliance

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Typed ids: a prefix that names the kind, then 80 random bits in lower-case base32 without padding. They are
// addresses, not secrets, except where a comment says otherwise.
type (
	AccountID      string // acc_
	LoginID        string // lgn_
	KeyID          string // key_
	ProjectID      string // prj_
	SessionID      string // hst_
	FieldID        string // fld_, one question of a form
	TopicID        string // tpc_, one topic of a guide
	ParticipantID  string // prt_
	ConversationID string // cnv_
	TurnID         string // trn_
	SpeakerID      string // spk_, in one conversation
	MarkID         string // mrk_
	RestrictionID  string // rst_, one step in the history of restrictions
	PointID        string // pnt_, one point of a read-back
	ClaimID        string // clm_
	QuoteID        string // qte_
	IdeaID         string // ide_
	ThemeID        string // thm_
	ReportID       string // rpt_
	JobID          string // job_
	BackgroundID   string // bgr_
	TemplateID     string // tpl_, or the name of a built-in one
	InvitationID   string // inv_
	ThreadID       string // thr_, of the Companion
	AnswerID       string // ans_, one question to the Companion with its answer
	InsightID      string // ins_, one insight definition
	GroupID        string // grp_, of people
	ReceiptID      string // rct_, of what was erased
	HoldID         string // hld_

	AccountInvitationID string // ain_

	WebhookID  string // whk_
	DeliveryID string // dlv_, one event for one webhook
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newID(prefix string, bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return prefix + idEncoding.EncodeToString(b)
}

// The makers of ids, one for each kind.
func NewAccountID() AccountID           { return AccountID(newID("acc_", 10)) }
func NewLoginID() LoginID               { return LoginID(newID("lgn_", 10)) }
func NewKeyID() KeyID                   { return KeyID(newID("key_", 10)) }
func NewGroupID() GroupID               { return GroupID(newID("grp_", 10)) }
func NewMarkID() MarkID                 { return MarkID(newID("mrk_", 10)) }
func NewRestrictionID() RestrictionID   { return RestrictionID(newID("rst_", 10)) }
func NewProjectID() ProjectID           { return ProjectID(newID("prj_", 10)) }
func NewTemplateID() TemplateID         { return TemplateID(newID("tpl_", 10)) }
func NewReceiptID() ReceiptID           { return ReceiptID(newID("rct_", 10)) }
func NewHoldID() HoldID                 { return HoldID(newID("hld_", 10)) }
func NewWebhookID() WebhookID           { return WebhookID(newID("whk_", 10)) }
func NewDeliveryID() DeliveryID         { return DeliveryID(newID("dlv_", 10)) }
func NewSessionID() SessionID           { return SessionID(newID("hst_", 10)) }
func NewFieldID() FieldID               { return FieldID(newID("fld_", 10)) }
func NewTopicID() TopicID               { return TopicID(newID("tpc_", 10)) }
func NewParticipantID() ParticipantID   { return ParticipantID(newID("prt_", 10)) }
func NewConversationID() ConversationID { return ConversationID(newID("cnv_", 10)) }
func NewTurnID() TurnID                 { return TurnID(newID("trn_", 10)) }
func NewSpeakerID() SpeakerID           { return SpeakerID(newID("spk_", 10)) }
func NewPointID() PointID               { return PointID(newID("pnt_", 10)) }
func NewClaimID() ClaimID               { return ClaimID(newID("clm_", 10)) }
func NewQuoteID() QuoteID               { return QuoteID(newID("qte_", 10)) }
func NewIdeaID() IdeaID                 { return IdeaID(newID("ide_", 10)) }
func NewThemeID() ThemeID               { return ThemeID(newID("thm_", 10)) }
func NewReportID() ReportID             { return ReportID(newID("rpt_", 10)) }
func NewJobID() JobID                   { return JobID(newID("job_", 10)) }
func NewBackgroundID() BackgroundID     { return BackgroundID(newID("bgr_", 10)) }
func NewInvitationID() InvitationID     { return InvitationID(newID("inv_", 10)) }
func NewThreadID() ThreadID             { return ThreadID(newID("thr_", 10)) }
func NewAnswerID() AnswerID             { return AnswerID(newID("ans_", 10)) }
func NewInsightID() InsightID           { return InsightID(newID("ins_", 10)) }

// NewAccountInvitationID makes the id of an invitation to the box.
func NewAccountInvitationID() AccountInvitationID { return AccountInvitationID(newID("ain_", 10)) }

// Secret is a random token that grants something to whoever holds it. It is shown or sent once; the store keeps
// only its Hash.
type Secret string

// NewSecret makes a secret of 256 random bits with a prefix that tells its kind ("" for none).
func NewSecret(prefix string) Secret { return Secret(newID(prefix, 32)) }

// Hash is what the store keeps of a secret: SHA-256, enough for a random value of 128 bits or more.
func (s Secret) Hash() []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// String hides the secret, so that it cannot reach a log by accident. Convert with string(s) where it must be shown.
func (s Secret) String() string { return "secret" }

// NewJoinCode makes a code to type on a phone: six characters without those that are read as one another. It is
// looked up only while its session is open, and failures are limited, so 30 bits are enough.
func NewJoinCode() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32: no I, O, 0, 1
	b := make([]byte, 6)
	rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]&31]
	}
	return string(b)
}

// CleanJoinCode brings what a person typed to the form of NewJoinCode: upper case, no spaces or dashes.
func CleanJoinCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0':
			return -1
		}
		return r
	}, typed)
}
