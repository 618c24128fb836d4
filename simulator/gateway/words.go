package gateway

import (
	"tidemark/simulator/georep"
	"tidemark/simulator/wire"
)

// Codes and messages of the service ("Status and error codes", and the service's own words as its SDKs quote them).
const (
	codeServerBusy   = "ServerBusy"
	codeInsufficient = "InsufficientAccountPermissions"
	codeTimedOut     = "OperationTimedOut"

	messageServerBusy     = "The server is currently unable to receive requests. Please retry your request."
	messageTimedOut       = "The operation could not be completed within the permitted time."
	messageSecondaryWrite = "Write operations to the secondary location are not allowed."
	messageNoSecondary    = "Read-access geo-redundant replication is not enabled for the account."
	messageAuthentication = "Server failed to authenticate the request. Make sure the value of Authorization header " +
		"is formed correctly including the signature."
)

func messageOf(code string) string {
	switch code {
	case codeServerBusy:
		return messageServerBusy
	case codeTimedOut:
		return messageTimedOut
	default:
		return "The simulator was told to answer so."
	}
}

// formOf is how a service says what is about no operation.
func formOf(s georep.Service) wire.Form {
	if s == georep.Table {
		return wire.JSON
	}
	return wire.XML
}
