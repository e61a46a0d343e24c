package auth

// views are the operations of which the audit trail is told before anything is done, by the action that it notes: those that
// show what single people said, or quote it, and those that programs and devices call again and again. What is noted is the
// first call of a person on a thing within an hour (store.NoteView). Looks at threads of the Companion, which no role is asked
// for, are noted where the thread is found.
var views = map[string][]string{
	"responses.view": {"listConversations", "getResponses", "liveSession", "getIdeas", "getInsightTable", "compareInsights", "previewExport"},
	"results.view": {"getReport", "getSummary", "getThemes", "listThemeClaims", "getKnowledge", "makeKnowledge", "getPinned",
		"getProjectResults"}, // getSession too, where it has a summary to show
	"transcript.view": {
		"listSegments", "listTurnEdits", "listTranscripts",
		"getConversation", "getMeeting", "getSound", "getTranscript", "getMinutes"},
	"responses.search":     {"search", "findEvidence", "createThread", "askCompanion", "findPersons"},
	"responses.chat":       {"chat", "chatQuestions"},
	"responses.add":        {"postResponse"},
	"recording.take":       {"beginTake", "endTake"}, // a device begins one each time that it has lost the network
	"session.export.md":    {"getSessionMD"},
	"template.export.json": {"getTemplateFile"},
	"support.download":     {"getSupport"},
}

// inViews notes in the rows of a table what the audit trail is told.
func inViews(table []Permission) []Permission {
	of := map[string]string{}
	for action, operations := range views {
		for _, operation := range operations {
			of[operation] = action
		}
	}
	for i := range table {
		table[i].View = of[table[i].Operation]
	}
	return table
}
