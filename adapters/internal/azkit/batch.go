package azkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// BatchError is the answer of a batch of which an action was refused; none of the batch happened. Index is the
// action, from 0, or -1 when the service did not say.
type BatchError struct {
	Index   int
	Status  int
	Code    string
	Message string
}

// Error names status, code and action.
func (e *BatchError) Error() string {
	return fmt.Sprintf("batch action %d: %d %s: %s", e.Index, e.Status, e.Code, e.Message)
}

// errBatchAnswer means that an answer to a batch was cut or garbled: what happened is unknown.
var errBatchAnswer = errors.New("the answer to the batch cannot be understood")

type batchKey struct{}

// BatchContext is for a call that submits a batch: the actions, for a table's URL, take the place of what the SDK was
// given. The SDK decodes and encodes every row twice on the way, which for a block of a megabyte takes longer than
// everything else we do with it.
func BatchContext(ctx context.Context, tableURL string, actions []Action) context.Context {
	return context.WithValue(ctx, batchKey{}, newBatch(tableURL, actions))
}

// batchPolicy sends our batches and reads the answers. The service answers 202 to a failed batch too, and the SDK
// makes an error without a code of it, takes a cut answer for success and panics at an empty one; here it becomes a
// BatchError before the SDK looks.
type batchPolicy struct{}

func (batchPolicy) Do(req *policy.Request) (*http.Response, error) {
	b, ok := req.Raw().Context().Value(batchKey{}).(batch)
	if !ok {
		return req.Next()
	}
	if err := req.SetBody(streaming.NopCloser(bytes.NewReader(b.body)), b.contentType); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err != nil || (resp.StatusCode != http.StatusAccepted && resp.StatusCode != http.StatusNoContent) {
		return resp, err
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return nil, err
	}
	done, err := parseBatch(resp.Header.Get("Content-Type"), body)
	if err != nil {
		return nil, err
	}
	if done != b.actions {
		return nil, fmt.Errorf("%w: %d answers to %d actions", errBatchAnswer, done, b.actions)
	}
	return resp, nil
}

// parseBatch reads an answer: how many actions were done, or a BatchError, or errBatchAnswer.
func parseBatch(contentType string, body []byte) (done int, err error) {
	if trimmed := bytes.TrimLeft(body, " \r\n\t\ufeff"); len(trimmed) > 0 && trimmed[0] == '{' {
		return 0, batchError(http.StatusBadRequest, trimmed) // the batch itself was refused
	}
	outer, err := partsOf(contentType, body)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errBatchAnswer, err)
	}
	changeset, err := onlyPart(outer)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errBatchAnswer, err)
	}
	inner, err := partsOf(changeset.contentType, changeset.body)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errBatchAnswer, err)
	}
	for {
		part, err := inner.NextPart()
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errBatchAnswer, err)
		}
		if err := readAction(part); err != nil {
			return 0, err
		}
		done++
	}
}

// readAction reads the answer to one action.
func readAction(part io.Reader) error {
	text, err := io.ReadAll(part)
	if err != nil {
		return fmt.Errorf("%w: %w", errBatchAnswer, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errBatchAnswer, err)
	}
	body, err := io.ReadAll(resp.Body)
	switch {
	case resp.StatusCode >= 400:
		return batchError(resp.StatusCode, body) // even a cut body does not make a refusal a success
	case err != nil:
		return fmt.Errorf("%w: %w", errBatchAnswer, err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("%w: status %d", errBatchAnswer, resp.StatusCode)
	}
	return nil
}

type bodyPart struct {
	contentType string
	body        []byte
}

// onlyPart reads the single part of a body to the end of the body.
func onlyPart(r *multipart.Reader) (bodyPart, error) {
	part, err := r.NextPart()
	if err != nil {
		return bodyPart{}, err
	}
	body, err := io.ReadAll(part)
	if err != nil {
		return bodyPart{}, err
	}
	if _, err := r.NextPart(); err != io.EOF {
		return bodyPart{}, errors.New("more than one change set, or no end")
	}
	return bodyPart{part.Header.Get("Content-Type"), body}, nil
}

// partsOf takes the boundary from the content type, or where that is missing from the first line.
func partsOf(contentType string, body []byte) (*multipart.Reader, error) {
	boundary := ""
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		boundary = params["boundary"]
	}
	if boundary == "" {
		line, _, _ := bytes.Cut(bytes.TrimLeft(body, "\r\n"), []byte("\n"))
		boundary = strings.TrimPrefix(strings.TrimRight(string(line), "\r"), "--")
	}
	if boundary == "" {
		return nil, errors.New("no boundary")
	}
	return multipart.NewReader(bytes.NewReader(body), boundary), nil
}

// batchError reads {"odata.error":{"code":"EntityAlreadyExists","message":{"value":"1:The specified entity..."}}}:
// the number before the colon is the action.
func batchError(status int, body []byte) *BatchError {
	e := &BatchError{Index: -1, Status: status}
	var answer struct {
		Error struct {
			Code    string `json:"code"`
			Message struct {
				Value string `json:"value"`
			} `json:"message"`
		} `json:"odata.error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return e
	}
	e.Code, e.Message = answer.Error.Code, answer.Error.Message.Value
	if number, rest, ok := strings.Cut(e.Message, ":"); ok {
		if i, err := strconv.Atoi(number); err == nil && i >= 0 {
			e.Index, e.Message = i, rest
		}
	}
	return e
}
