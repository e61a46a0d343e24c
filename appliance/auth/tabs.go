package auth

import "harmonium/appliance"

// tabs are the operations that tell of each part of the results of a session, or make it anew.
var tabs = map[appliance.Tab][]string{
	appliance.TabSummary: {"getReport", "makeReport", "listJobs", "stopJob", "getTallies", "getSummary", "makeSummary", "getSessionMD"},
	appliance.TabThemes:  {"getThemes", "listThemeClaims"},
	appliance.TabResponses: {"listConversations", "getConversation", "updateConversation", "getResponses", "liveSession",
		"getMeeting", "updateMeeting", "endTake", "closeMeeting", "getSound", "deleteSound", "getTranscript", "getMinutes", "getRestrictions", "changeRestrictions",
		"listSegments", "listTurnEdits", "listTranscripts", "sendFile",
		"getIdeas"}, // ideas show who has said what
	appliance.TabInsights: {"getKnowledge", "makeKnowledge", "getPinned", "getInsights", "getInsightTable", "getInsightsCSV",
		"compareInsights", "addInsights", "draftInsights", "runInsights", "stopInsights", "changeInsight", "deleteInsight"},
	appliance.TabFiles:  {"listBackground", "getBackground", "addBackgroundFile", "addBackgroundResults", "orderBackground", "deleteBackground"},
	appliance.TabExport: {"exportSession", "previewExport", "exportCaptions", "exportMinutes"},
}

// inTabs notes in the rows of a table of which part of the results they tell.
func inTabs(table []Permission) []Permission {
	of := map[string]appliance.Tab{}
	for tab, operations := range tabs {
		for _, operation := range operations {
			of[operation] = tab
		}
	}
	for i := range table {
		table[i].Tab = of[table[i].Operation]
	}
	return table
}
