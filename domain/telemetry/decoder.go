package telemetry

import "tidemark/domain/stored"

var (
	blockV1      = stored.Format{'T', 'M', 'B', 1}
	chunkV1      = stored.Format{'T', 'M', 'C', 1}
	sourceV1     = stored.Format{'T', 'M', 'S', 1}
	sourceV2     = stored.Format{'T', 'M', 'S', 2}
	sourceV3     = stored.Format{'T', 'M', 'S', 3}
	shardStateV1 = stored.Format{'T', 'M', 'F', 1}
	horizonV1    = stored.Format{'T', 'M', 'H', 1}
)

// decoder reads values of this package.
type decoder struct{ stored.Decoder }

func unseal(p []byte, f stored.Format) (*decoder, error) {
	d, err := stored.Unseal(p, f)
	if err != nil {
		return nil, err
	}
	return &decoder{d}, nil
}
