package factorfile_test

import (
	"encoding/base64"
	"net/url"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/countersign/countersign/service/factorfile"
)

// payloadType is the message as it is publicly known, built at run time, so that
// the library writes what is read here by hand.
func payloadType(t *testing.T) protoreflect.MessageDescriptor {
	t.Helper()
	field := func(name string, n int32, kind descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(n), Type: kind.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	const text, bytes = descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BYTES
	const int32s, int64s = descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_INT64
	factors := field("otp_parameters", 1, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	factors.Label, factors.TypeName = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), proto.String(".Payload.OtpParameters")
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("migration.proto"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Payload"),
			Field: []*descriptorpb.FieldDescriptorProto{
				factors, field("version", 2, int32s), field("batch_size", 3, int32s), field("batch_index", 4, int32s), field("batch_id", 5, int32s),
			},
			NestedType: []*descriptorpb.DescriptorProto{{
				Name: proto.String("OtpParameters"),
				Field: []*descriptorpb.FieldDescriptorProto{
					field("secret", 1, bytes), field("name", 2, text), field("issuer", 3, text), field("algorithm", 4, int32s),
					field("digits", 5, int32s), field("type", 6, int32s), field("counter", 7, int64s), field("unique_id", 8, text),
				},
			}},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0)
}

type parameters struct {
	secret, name, issuer   string
	algorithm, digits, otp int32
}

// qrCode is what one QR code of an export says.
func qrCode(t *testing.T, size, index int32, factors ...parameters) string {
	t.Helper()
	kind := payloadType(t)
	message := dynamicpb.NewMessage(kind)
	set := func(m *dynamicpb.Message, name string, value any) {
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOf(value))
	}
	list := message.Mutable(kind.Fields().ByName("otp_parameters")).List()
	for _, f := range factors {
		m := dynamicpb.NewMessage(kind.Messages().ByName("OtpParameters"))
		set(m, "secret", []byte(f.secret))
		set(m, "name", f.name)
		set(m, "issuer", f.issuer)
		set(m, "algorithm", f.algorithm)
		set(m, "digits", f.digits)
		set(m, "type", f.otp)
		set(m, "unique_id", "0123")
		list.Append(protoreflect.ValueOf(m))
	}
	set(message, "version", int32(2))
	set(message, "batch_size", size)
	set(message, "batch_index", index)
	set(message, "batch_id", int32(-1234567))
	raw, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return migrationURI(raw)
}

func migrationURI(payload []byte) string {
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString(payload))
}

func TestAnExportOfGoogleAuthenticatorIsRead(t *testing.T) {
	t.Parallel()
	user := func(name, mail string) func(*factorfile.Record) {
		return func(r *factorfile.Record) { r.UserID, r.Username, r.Email = name, name, mail }
	}
	first := qrCode(t, 2, 0,
		parameters{rfc6238, "alice@example.com", "ACME", 1, 1, 2},
		parameters{rfc6238, "ACME:bob", "ACME", 2, 2, 2},
		parameters{rfc6238, "carol", "", 0, 0, 2},
		parameters{rfc6238, "dave", "", 1, 1, 1},
	)
	second := qrCode(t, 2, 1,
		parameters{rfc6238, "erin", "", 3, 1, 2},
		parameters{rfc6238, "erin", "", 4, 1, 2},
		parameters{rfc6238, "erin", "", 1, 3, 2},
		parameters{rfc6238, "erin", "", 1, 1, 0},
		parameters{"short", "erin", "", 1, 1, 2},
	)
	want := []factorfile.Record{
		with(totp(1, rfc6238), user("alice@example.com", "alice@example.com")),
		with(with(totp(2, rfc6238), user("bob", "")), func(r *factorfile.Record) { r.Algorithm, r.Digits = "SHA256", 8 }),
		with(totp(3, rfc6238), user("carol", "")),
		refused(4, "type", user("dave", "")),
		with(with(totp(5, rfc6238), user("erin", "")), func(r *factorfile.Record) { r.Algorithm = "SHA512" }),
		refused(6, "algorithm", user("erin", "")),
		refused(7, "digits", user("erin", "")),
		refused(8, "type", user("erin", "")),
		refused(9, "secret", user("erin", "")),
	}
	compare(t, want, read(t, factorfile.OTPAuthMigration, first+"\n# the second\n"+second+"\n", factorfile.Options{}))

	missing := refused(5, "batch", func(*factorfile.Record) {})
	compare(t, append(want[:4:4], missing), read(t, factorfile.OTPAuthMigration, first+"\n"+first[:0], factorfile.Options{}))
}

func TestALineThatIsNoExportOfGoogleAuthenticatorIsRefused(t *testing.T) {
	t.Parallel()
	good := qrCode(t, 1, 0, parameters{rfc6238, "alice", "", 1, 1, 2})
	cut := protowire.AppendTag(nil, 1, protowire.BytesType)
	for _, test := range []struct{ line, field string }{
		{"otpauth://totp/alice?secret=" + rfc6238Text, "uri"},
		{"otpauth-migration://offline?data=%zz", "data"},
		{"otpauth-migration://offline?data=?", "data"},
		{"otpauth-migration://offline", "data"},
		{migrationURI(nil), "data"},
		{migrationURI([]byte("not a message of this kind")), "data"},
		{migrationURI(protowire.AppendVarint(cut, 1000)), "data"},
		{migrationURI(protowire.AppendBytes(cut, []byte{0xff})), "data"},
	} {
		got := read(t, factorfile.OTPAuthMigration, good+"\n"+test.line+"\n"+good, factorfile.Options{})
		if len(got) != 3 || got[1].Refusal == nil || got[1].Refusal.Field != test.field || got[2].Refusal != nil {
			t.Errorf("%.60s: %+v, want %s refused", test.line, got, test.field)
		}
	}
}
