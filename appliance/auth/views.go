package auth

// views are the operations that show what single people said, by the action that the audit trail notes of it.
var views = map[string][]string{
	"responses.view":    {"listConversations", "getResponses", "liveSession", "getIdeas", "getInsightTable", "previewExport"},
	"transcript.view":   {"getConversation", "getTranscript"},
	"responses.search":  {"search", "findEvidence", "createThread", "askCompanion", "findPersons"},
	"session.export.md": {"getSessionMD"},
	"support.download":  {"getSupport"},
}

// inViews notes in the rows of a table which look the audit trail is told of.
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
