package azkit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
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

// Check reads the answer to the batch. The service answers 202 to a batch of which an action was refused too; here that
// is a BatchError. An answer of another status is left to whoever makes errors of those.
func (b Batch) Check(resp *http.Response) error {
	if resp.StatusCode != http.StatusAccepted && resp.StatusCode != http.StatusNoContent {
		return nil
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return err
	}
	done, err := parseBatch(resp.Header.Get("Content-Type"), body)
	if err == nil && done != b.actions {
		err = fmt.Errorf("%w: %d answers to %d actions", errBatchAnswer, done, b.actions)
	}
	return err
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
