package auth

import (
	"slices"

	"harmonium/appliance"
)

// Permission says who may call one operation of the API. An operation without a row does not exist for anybody: the
// server refuses to start with one.
//
// How a row is read, in this order, for a caller who is not Anyone:
//
//  1. No valid log-in, key or participant's token: 401.
//  2. An API key where CookieOnly, or one that lacks Scope: 403. A key never does more than its account: the roles
//     below are asked of the account too.
//  3. A role of the account on the organisation below OrgRole: 403.
//  4. The role of the account on the object named by On. RoleNone there: 404, the same as for an object that does not
//     exist, so that ids cannot be probed. A role below Role: 403.
//  5. A role below the one from which on the session shows the part Tab of its results (appliance.Visibility): 403.
type Permission struct {
	Operation  string          // the operation's id in the OpenAPI document
	Who        Who             // what the caller must be
	Role       appliance.Role  // the least role on the object; RoleNone where On is Self or Who is not Account
	On         Object          // the object on which Role is asked for, named by {id} in the path
	OrgRole    appliance.Role  // the least role on the organisation, beside Role; RoleNone asks for none
	Scope      appliance.Scope // what an API key must grant; "" lets any key of the account pass
	CookieOnly bool            // no API key will do: only a person who has logged in in a browser
	Unready    bool            // also for who has logged in and still has to set up the second factor that the box asks for
	View       string          // what the audit trail notes of who looks, before anything is shown; "" for nothing
	Tab        appliance.Tab   // the part of the results of a session that it tells; "" tells none
}

// Who is what a caller must have proved to be.
type Who string

// The kinds of callers.
const (
	Anyone      Who = "anyone"      // nobody is asked who they are
	Participant Who = "participant" // holds the token of one conversation and reaches that conversation alone
	Account     Who = "account"     // a person of this box, by log-in or API key
)

// Object is the kind of thing on which a role is asked for.
type Object string

// The objects of the table.
const (
	Nothing      Object = ""             // no role is asked for
	Self         Object = "self"         // the caller's own account, log-ins and keys; nobody else's can be named
	Organisation Object = "organisation" // the box as a whole
	Project      Object = "project"
	Session      Object = "session"
	Conversation Object = "conversation" // the role is that on its session
	Template     Object = "template"     // everybody may read those of the box, and nobody may change them
)

// table is the whole table, and rows the place of each operation in it. Nothing changes them.
var (
	table = inViews(inTabs(slices.Concat(accountTable(), peopleTable(), projectTable(), templateTable(), sessionTable(), meetingTable(), transcriptTable(),
		materialTable(), companionTable(), participantTable())))
	rows = placesOf(table)
)

func placesOf(table []Permission) map[string]int {
	places := make(map[string]int, len(table))
	for i, p := range table {
		places[p.Operation] = i
	}
	return places
}

// All gives the whole table, one row for each operation, in the order in which the API is documented.
func All() []Permission { return slices.Clone(table) }

// For gives the row of one operation; false when it has none.
func For(operation string) (Permission, bool) {
	i, ok := rows[operation]
	if !ok {
		return Permission{}, false
	}
	return table[i], true
}

// KeyGrants says whether a key with scopes may do what needs scope need. Any key grants the empty need.
func KeyGrants(scopes []appliance.Scope, need appliance.Scope) bool {
	if need == "" {
		return true
	}
	for _, s := range scopes {
		if s.Grants(need) {
			return true
		}
	}
	return false
}

func anyone(operation string) Permission { return Permission{Operation: operation, Who: Anyone} }

func participant(operation string) Permission {
	return Permission{Operation: operation, Who: Participant}
}

// own is for what only the person in front of the browser does with their own account.
func own(operation string) Permission {
	return Permission{Operation: operation, Who: Account, On: Self, CookieOnly: true}
}

// unready lets those through too who still have to set up a second factor.
func unready(p Permission) Permission {
	p.Unready = true
	return p
}

// inPerson is for those with a role on the box, in front of the browser.
func inPerson(operation string, need appliance.Role) Permission {
	return Permission{Operation: operation, Who: Account, Role: need, On: Organisation, CookieOnly: true}
}

// ownersOnly is for owners of the box in front of the browser.
func ownersOnly(operation string) Permission {
	return Permission{Operation: operation, Who: Account, Role: appliance.RoleOwner, On: Organisation, CookieOnly: true}
}

// inBrowser is for people with a role on the box in front of the browser: what cannot be undone, or tells of one person.
func inBrowser(operation string, need appliance.Role) Permission {
	return Permission{Operation: operation, Who: Account, Role: need, On: Organisation, CookieOnly: true}
}

func role(operation string, need appliance.Role, on Object, scope appliance.Scope) Permission {
	return Permission{Operation: operation, Who: Account, Role: need, On: on, Scope: scope}
}

// accountTable: set-up, log-in, the own account. A key cannot change the account that it belongs to, nor make, see or
// revoke keys: who finds a key must not be able to turn it into more.
func accountTable() []Permission {
	return []Permission{
		anyone("setupState"),
		anyone("setUp"),        // needs the one-time token, and works only while there is no account
		anyone("lookAtBackup"), // these two need the same token, and an empty box
		anyone("restoreBackup"),
		anyone("logIn"),
		unready(own("logOut")),
		own("logOutEverywhere"),
		unready(Permission{Operation: "getMe", Who: Account, On: Self}),
		unready(own("updateMe")), // the language of what it is asked for in
		own("liveMe"),
		own("changeEmail"),
		unready(own("getFactor")),
		unready(own("startFactor")),
		unready(own("confirmFactor")),
		own("renewRecoveryCodes"),
		own("removeFactor"),
		role("getFactorRule", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		ownersOnly("setFactorRule"),
		anyone("lookAtLink"), // these two need the secret of a one-time link
		anyone("accept"),
		role("listAccountInvitations", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		inBrowser("inviteAccounts", appliance.RoleAdmin), // with roles below one's own; a key must not become a log-in
		inBrowser("inviteTable", appliance.RoleAdmin),
		role("revokeAccountInvitations", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("deactivateMember", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite), // of roles below: see store.mayEnd
		role("reactivateMember", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		ownersOnly("linkPassword"), // whoever sets a password can be that person
		inPerson("removeMemberFactor", appliance.RoleAdmin),
		role("getHoldings", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		inPerson("deleteMember", appliance.RoleAdmin),
		own("changePassword"),
		own("listLogins"),
		own("endLogin"),
		own("listKeys"),
		own("createKey"),
		own("revokeKey"),
		role("getHealth", appliance.RoleViewer, Organisation, appliance.ScopeAdminRead),
		role("followClock", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("getPrivacy", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("listAudit", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("checkAudit", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("getAuditFile", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("listWebhooks", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("createWebhook", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("updateWebhook", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("deleteWebhook", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("testWebhook", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("listDeliveries", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("getAttestation", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("getDataSheet", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("getBackups", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		ownersOnly("saveBackups"), // who chooses the key can read everything
		role("runBackup", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		ownersOnly("getBackupFile"),
		ownersOnly("removeReplaced"),
		role("getRetention", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("tryRetention", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		ownersOnly("setRetention"), // it can delete everything
		role("approveRetention", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("placeHold", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("liftHold", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		inBrowser("eraseWithdrawn", appliance.RoleAdmin),
		role("getReceipt", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		inBrowser("planErasure", appliance.RoleViewer), // of what the account owns; for people and everything: see web.mayOrder
		inBrowser("erase", appliance.RoleViewer),       // the same
		inBrowser("findPersons", appliance.RoleAdmin),
		inBrowser("exportPerson", appliance.RoleAdmin),
		role("getNetwork", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("chooseNetwork", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		anyone("getCertificate"), // devices that are to trust the box have no way to log in yet
		role("getModels", appliance.RoleViewer, Organisation, appliance.ScopeAdminRead),
		role("getLeading", appliance.RoleViewer, Organisation, appliance.ScopeAdminRead),
		role("chooseLeading", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("chooseModels", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("removeModel", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("getModelTrial", appliance.RoleViewer, Organisation, appliance.ScopeAdminRead),
		role("tryModel", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("stopModelTrial", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("getSupport", appliance.RoleAdmin, Organisation, appliance.ScopeAdminRead),
		role("getCapacity", appliance.RoleViewer, Organisation, appliance.ScopeAdminRead),
		role("measureCapacity", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("stopCapacity", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
	}
}

// peopleTable: who is on the box, and in which groups.
func peopleTable() []Permission {
	const read, write = appliance.ScopeAdminRead, appliance.ScopeAdminWrite
	return []Permission{
		role("listMembers", appliance.RoleViewer, Organisation, read), // whoever shares something chooses among them
		inBrowser("changeMember", appliance.RoleAdmin),                // only roles below the caller's own: see store.SetRole
		role("listGroups", appliance.RoleViewer, Organisation, read),
		role("getGroup", appliance.RoleViewer, Organisation, read),
		role("createGroup", appliance.RoleAdmin, Organisation, write),
		role("updateGroup", appliance.RoleAdmin, Organisation, write),
		role("deleteGroup", appliance.RoleAdmin, Organisation, write),
	}
}

func projectTable() []Permission {
	const read, write = appliance.ScopeProjectsRead, appliance.ScopeProjectsWrite
	duplicate := role("duplicateProject", appliance.RoleEditor, Project, "")
	duplicate.OrgRole = appliance.RoleEditor // it makes a project of the caller's own, as createProject does
	duplicate.CookieOnly = true              // and sessions, for which no one scope stands
	return []Permission{
		role("listProjects", appliance.RoleViewer, Organisation, read), // those that the account may see
		role("createProject", appliance.RoleEditor, Organisation, write),
		role("getProject", appliance.RoleViewer, Project, read),
		role("getProjectRetention", appliance.RoleViewer, Project, read),
		role("setProjectRetention", appliance.RoleOwner, Project, write), // it deletes, if later
		role("getProjectResults", appliance.RoleViewer, Project, appliance.ScopeResultsRead),
		role("exportProject", appliance.RoleViewer, Project, appliance.ScopeResponsesRead), // of the sessions that may be exported: see web.exportProject
		role("updateProject", appliance.RoleAdmin, Project, write),
		duplicate,
		role("listProjectMembers", appliance.RoleViewer, Project, read),
		role("setProjectMember", appliance.RoleAdmin, Project, write),     // only roles below the caller's own: see store.SetMember
		role("removeProjectMember", appliance.RoleViewer, Project, write), // others as above; everybody may leave
		role("deleteProject", appliance.RoleOwner, Project, write),
		role("getSensemaking", appliance.RoleViewer, Project, read),
		role("changeSensemaking", appliance.RoleAdmin, Project, write),
	}
}

// templateTable: what sessions are started from.
func templateTable() []Permission {
	const read, write = appliance.ScopeTemplatesRead, appliance.ScopeTemplatesWrite
	fromSession := role("saveAsTemplate", appliance.RoleViewer, Session, write)
	fromSession.OrgRole = appliance.RoleEditor // it makes a template of the caller's own, as createTemplate does
	return []Permission{
		role("listTemplates", appliance.RoleViewer, Organisation, read), // those that the account may see
		role("createTemplate", appliance.RoleEditor, Organisation, write),
		role("importTemplate", appliance.RoleEditor, Organisation, write),
		role("getTemplate", appliance.RoleViewer, Template, read),
		role("getTemplateFile", appliance.RoleViewer, Template, read),
		role("updateTemplate", appliance.RoleEditor, Template, write),
		role("deleteTemplate", appliance.RoleEditor, Template, write),
		fromSession,
	}
}

// meetingTable: meetings. One is a conversation, and the role is that on its session.
func meetingTable() []Permission {
	const read, write = appliance.ScopeMeetingsRead, appliance.ScopeMeetingsWrite
	return []Permission{
		role("createMeeting", appliance.RoleEditor, Organisation, write), // in a session: editors of that
		role("getMeeting", appliance.RoleViewer, Conversation, read),
		role("updateMeeting", appliance.RoleEditor, Conversation, write),
		role("beginTake", appliance.RoleEditor, Conversation, write),
		role("putPiece", appliance.RoleEditor, Conversation, write),
		role("endTake", appliance.RoleEditor, Conversation, write),
		role("closeMeeting", appliance.RoleEditor, Conversation, write),
		role("sendMeeting", appliance.RoleEditor, Organisation, write), // as createMeeting
		role("sendFile", appliance.RoleEditor, Conversation, write),
		role("getSound", appliance.RoleViewer, Conversation, read),
		role("deleteSound", appliance.RoleEditor, Conversation, write), // who also says after how many days it goes
		role("addMark", appliance.RoleEditor, Conversation, write),
		role("deleteMark", appliance.RoleEditor, Conversation, write),
		role("listMeetings", appliance.RoleViewer, Organisation, read), // those that the account may see
		role("getTranscript", appliance.RoleViewer, Conversation, read),
		role("getRestrictions", appliance.RoleViewer, Conversation, read),
		role("getMinutes", appliance.RoleViewer, Conversation, read),
		role("exportMinutes", appliance.RoleViewer, Conversation, read),
		role("exportCaptions", appliance.RoleViewer, Conversation, read),
		role("changeRestrictions", appliance.RoleEditor, Conversation, write),
		role("listTelegramGroups", appliance.RoleViewer, Organisation, appliance.ScopeSessionsRead),
	}
}

// sessionTable: designing a session and moving it on.
func sessionTable() []Permission {
	const read, write = appliance.ScopeSessionsRead, appliance.ScopeSessionsWrite
	duplicate := role("duplicateSession", appliance.RoleEditor, Session, write)
	duplicate.OrgRole = appliance.RoleEditor // it makes a session of the caller's own, as createSession does
	return []Permission{
		role("createSession", appliance.RoleEditor, Organisation, write),
		role("importFile", appliance.RoleEditor, Organisation, write),        // into a session: editors of that
		role("recogniseLanguage", appliance.RoleEditor, Organisation, write), // for who makes a session
		role("checkBrief", appliance.RoleEditor, Organisation, write),        // for who designs one
		role("suggestPart", appliance.RoleEditor, Organisation, write),
		role("listSessions", appliance.RoleViewer, Organisation, read), // those that the account may see
		role("getSession", appliance.RoleViewer, Session, read),
		role("updateSession", appliance.RoleEditor, Session, write),
		role("openSession", appliance.RoleEditor, Session, write),
		role("closeSession", appliance.RoleEditor, Session, write),
		role("archiveSession", appliance.RoleEditor, Session, write),
		role("reopenSession", appliance.RoleEditor, Session, write),
		duplicate,
		role("deleteSession", appliance.RoleOwner, Session, write),
		role("listSessionMembers", appliance.RoleViewer, Session, read),
		role("setSessionMember", appliance.RoleAdmin, Session, write),     // as setProjectMember
		role("removeSessionMember", appliance.RoleViewer, Session, write), // as removeProjectMember
		role("getSessionRetention", appliance.RoleViewer, Session, read),
		role("setSessionRetention", appliance.RoleOwner, Session, write), // it deletes, if later
		role("getLaunch", appliance.RoleViewer, Session, read),
		role("getQR", appliance.RoleViewer, Session, read),
		role("listInvitations", appliance.RoleEditor, Session, read), // labels are names, and not of those who answered
		role("makeInvitations", appliance.RoleEditor, Session, write),
		role("revokeInvitations", appliance.RoleEditor, Session, write),
		role("getGuide", appliance.RoleViewer, Session, read),
		role("saveGuide", appliance.RoleEditor, Session, write),
		role("draftGuide", appliance.RoleEditor, Session, write),
		role("refineGuide", appliance.RoleEditor, Session, write),
		role("listGuideVersions", appliance.RoleViewer, Session, read),
		role("getGuideVersion", appliance.RoleViewer, Session, read),
		role("restoreGuideVersion", appliance.RoleEditor, Session, write),
		role("listRehearsals", appliance.RoleViewer, Session, read),
		role("rehearseMyself", appliance.RoleEditor, Session, write),
		role("simulate", appliance.RoleEditor, Session, write),
		role("endRehearsals", appliance.RoleEditor, Session, write),
		anyone("getContact"),
		role("setContact", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("getHandbook", appliance.RoleViewer, Organisation, read),
		role("setHandbook", appliance.RoleAdmin, Organisation, appliance.ScopeAdminWrite),
		role("listBackground", appliance.RoleViewer, Session, read),
		role("addBackgroundFile", appliance.RoleEditor, Session, write),
		role("addBackgroundResults", appliance.RoleEditor, Session, write),
		role("orderBackground", appliance.RoleEditor, Session, write),
		role("getBackground", appliance.RoleViewer, Session, read),
		role("deleteBackground", appliance.RoleEditor, Session, write),
		role("getForm", appliance.RoleViewer, Session, read),
		role("saveForm", appliance.RoleEditor, Session, write),
		role("getQuestions", appliance.RoleViewer, Session, read),
	}
}

// materialTable: what participants said, and what was made of it.
func materialTable() []Permission {
	const (
		read, write = appliance.ScopeResponsesRead, appliance.ScopeResponsesWrite
		results     = appliance.ScopeResultsRead
		sessions    = appliance.ScopeSessionsWrite // making results anew changes the session
	)
	live := role("liveSession", appliance.RoleViewer, Session, "")
	live.CookieOnly = true
	return []Permission{
		role("listConversations", appliance.RoleViewer, Session, read),
		role("addConversation", appliance.RoleEditor, Session, write),
		role("getConversation", appliance.RoleViewer, Conversation, read),
		role("updateConversation", appliance.RoleEditor, Conversation, write),
		role("deleteConversation", appliance.RoleAdmin, Conversation, write), // cannot be undone
		role("getReport", appliance.RoleViewer, Session, results),
		role("makeReport", appliance.RoleEditor, Session, sessions),
		role("stopJob", appliance.RoleEditor, Session, sessions),
		role("getThemes", appliance.RoleViewer, Session, results),
		role("listThemeClaims", appliance.RoleViewer, Session, results),
		role("listJobs", appliance.RoleViewer, Session, results),
		role("search", appliance.RoleViewer, Organisation, read),       // in what the account may see
		role("findEvidence", appliance.RoleViewer, Organisation, read), // the same
		live,
		role("getResponses", appliance.RoleViewer, Session, read),
		role("postResponse", appliance.RoleEditor, Session, write),
		role("chat", appliance.RoleEditor, Session, write),
		role("chatQuestions", appliance.RoleEditor, Session, write),
		role("getTallies", appliance.RoleViewer, Session, results),
		role("getIdeas", appliance.RoleViewer, Session, results),
		role("getInsights", appliance.RoleViewer, Session, results),
		role("getInsightTable", appliance.RoleViewer, Session, results),
		role("getInsightsCSV", appliance.RoleViewer, Session, results),
		role("compareInsights", appliance.RoleViewer, Session, results),
		role("addInsights", appliance.RoleEditor, Session, sessions),
		role("draftInsights", appliance.RoleEditor, Session, sessions),
		role("runInsights", appliance.RoleEditor, Session, sessions),
		role("stopInsights", appliance.RoleEditor, Session, sessions),
		role("changeInsight", appliance.RoleEditor, Session, sessions),
		role("deleteInsight", appliance.RoleEditor, Session, sessions),
		role("getSummary", appliance.RoleViewer, Session, results),
		role("makeSummary", appliance.RoleEditor, Session, sessions),
		role("getSessionMD", appliance.RoleViewer, Session, results),
		role("getKnowledge", appliance.RoleViewer, Session, results),
		role("exportSession", appliance.RoleViewer, Session, read), // names: see web.exportSession
		role("previewExport", appliance.RoleViewer, Session, read), // the same
		role("makeKnowledge", appliance.RoleEditor, Session, sessions),
	}
}

// companionTable: threads belong to the account that asks; what it may ask about, and see of what was answered, is asked of
// the database at each look.
func companionTable() []Permission {
	mine := func(operation string, scope appliance.Scope) Permission {
		return Permission{Operation: operation, Who: Account, On: Self, Scope: scope}
	}
	const (
		read, write = appliance.ScopeResponsesRead, appliance.ScopeResponsesWrite // answers show passages word for word
		pin         = appliance.ScopeSessionsWrite                                // what is pinned is part of the session
	)
	return []Permission{
		mine("listThreads", read),
		mine("createThread", read),
		mine("getThread", read),
		mine("deleteThread", write),
		mine("askCompanion", read),
		mine("stopAnswer", write),
		mine("getThreadMD", read),
		own("liveThread"),
		mine("pinAnswer", pin), // also needs the role editor on the session
		mine("unpinAnswer", pin),
		role("getPinned", appliance.RoleViewer, Session, appliance.ScopeResultsRead),
	}
}

// participantTable: what a phone in the room asks for.
func participantTable() []Permission {
	return []Permission{
		anyone("findByCode"),
		anyone("getWelcome"),
		anyone("join"),
		anyone("getSharedResults"), // what the session shows to everybody; to its participants what it shows to them
		participant("getOwnConversation"),
		participant("postTurn"),
		participant("writeDown"),
		participant("goOnGuided"),
		participant("finishConversation"),
		participant("reviewConversation"),
		participant("withdrawConversation"),
		participant("liveConversation"), // the token comes as the first frame of the socket
	}
}
