// Every broken configuration gets its message at its place, and only that one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using testing::MemoryFiles;

// Which of the working parts follow the broken text.
enum class Rest { All, NoCse, NoListener, NoPsk, CseOnly, Nothing };

struct Broken {
  const char* name;
  const char* text;      // comes first in main.toml, so that its lines count from 1
  const char* expected;  // the beginning of the message
  const char* mend;      // somewhere in the rest of it
  Rest rest = Rest::All;
};

std::string complete(const Broken& broken) {
  std::string text = broken.text;
  if (broken.rest == Rest::Nothing) return text;
  if (broken.rest != Rest::NoCse) text += testing::kCse;
  if (broken.rest != Rest::NoListener && broken.rest != Rest::CseOnly) text += testing::kListener;
  if (broken.rest != Rest::NoPsk && broken.rest != Rest::CseOnly) text += testing::kPsk;
  return text;
}

#define CSE_WITH(line) \
  "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n" line "\n"
#define LISTENER_WITH(line) "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\"]\n" line "\n"
#define PSK_WITH(line) "[[psk]]\nidentity = \"ae2@sp.example.com\"\n" line "\n"

const Broken kBroken[] = {
    {"SyntaxError", "a = = 1\n", "main.toml:1:5: ", "TOML 1.0", Rest::Nothing},
    {"TableHeaderWithoutKey", "[[=]]\n", "main.toml:1:3: ", "TOML 1.0", Rest::Nothing},
    {"ControlCharacter", "[\x01]\n", "main.toml:1:2: ", "TOML 1.0", Rest::Nothing},
    {"NotUtf8", "# \xff\n", "main.toml:1:2: Encountered invalid utf-8", "TOML 1.0", Rest::Nothing},
    {"SameKeyTwice", "[log]\nlevel = \"info\"\nlevel = \"error\"\n", "main.toml:3:", "cannot redefine", Rest::Nothing},
    {"EmptyFile", "", "main.toml: cse: is missing", "add [cse]", Rest::NoCse},
    {"NoListener", "", "main.toml: listener: is missing", "add [[listener]]", Rest::NoListener},
    {"UnknownTable", "[lgo]\n", "main.toml:1:2: lgo: unknown key", "did you mean \"log\"?"},
    {"UnknownKey", "[log]\nformt = \"json\"\n", "main.toml:2:1: log.formt: unknown key", "did you mean \"format\"?"},
    {"UnknownKeyFarFromAll", "[log]\ncolour_scheme = 1\n", "main.toml:2:1: log.colour_scheme: unknown key",
     "remove it"},
    {"UnknownKeyInNestedTable", LISTENER_WITH("[listener.tls]\nversion = [\"1.2\"]"),
     "main.toml:6:1: listener[0].tls.version: unknown key", "\"versions\"", Rest::NoListener},
    {"UnknownKeyInPsk", PSK_WITH("key_file = \"strong.psk\"\nae = \"C2\"\nident = 1"),
     "main.toml:5:1: psk[0].ident: unknown key", "remove it", Rest::NoPsk},
    {"TableWhereArrayOfTables", "[psk]\nidentity = \"x\"\n",
     "main.toml:1:1: psk: expected an array of tables, found a table", "[[psk]]", Rest::NoPsk},
    {"ArrayOfTablesWhereTable", "[[log]]\n", "main.toml:1:1: log: expected a table, found an array", "[log]"},
    {"TextWhereBoolean", CSE_WITH("keep_alive = \"yes\""),
     "main.toml:5:14: cse.keep_alive: expected true or false, found a string", "without quotes", Rest::NoCse},
    {"TextWhereInteger", "[server]\nworkers = \"2\"\n",
     "main.toml:2:11: server.workers: expected an integer, found a string", "without quotes"},
    {"FloatWhereInteger", "[server]\nworkers = 2.5\n",
     "main.toml:2:11: server.workers: expected an integer, found a float", "number"},
    {"IntegerWhereText", "[log]\nformat = 1\n", "main.toml:2:10: log.format: expected a string, found an integer",
     "in quotes"},
    {"TextWhereArray", "include = \"psk.toml\"\n",
     "main.toml:1:11: include: expected an array of strings, found a string", "include = ["},
    {"IntegerInArrayOfTexts", "include = [1]\n", "main.toml:1:12: include[0]: expected a string, found an integer",
     "include = ["},
    {"NumberOutOfRange", "[server]\nworkers = 5000\n", "main.toml:2:11: server.workers: 5000 is out of range",
     "0 to 1024"},
    {"NegativeNumber", "[server]\nworkers = -1\n", "main.toml:2:11: server.workers: -1 is out of range", "0 to 1024"},
    {"TimeWithoutUnit", "[server]\ndrain_timeout = 10\n", "main.toml:2:17: server.drain_timeout: a time needs its unit",
     "\"10s\""},
    {"TimeWithUnknownUnit", "[server]\ndrain_timeout = \"10 sec\"\n",
     "main.toml:2:17: server.drain_timeout: \"10 sec\" is not a time", "ms, s, m, h or d"},
    {"TimeOutOfRange", "[server]\ndrain_timeout = \"2d\"\n",
     "main.toml:2:17: server.drain_timeout: \"2d\" is out of range", "\"1h\""},
    {"SizeWithoutUnit", CSE_WITH("max_request = 65536"), "main.toml:5:15: cse.max_request: a size needs its unit",
     "\"65536B\"", Rest::NoCse},
    {"SizeWithDecimalUnit", CSE_WITH("max_request = \"64KB\""),
     "main.toml:5:15: cse.max_request: \"64KB\" is not a size", "KiB", Rest::NoCse},
    {"UnknownWord", "[log]\nlevel = \"inof\"\n", "main.toml:2:9: log.level: \"inof\" is not known here",
     "did you mean \"info\"?"},
    {"UnknownProfile", CSE_WITH("profile = \"openmtc\""), "main.toml:5:11: cse.profile: \"openmtc\" is not known here",
     "\"generic\"", Rest::NoCse},
    {"UnknownRelease", CSE_WITH("release_version = \"9\""),
     "main.toml:5:19: cse.release_version: \"9\" is not known here", "\"2a\"", Rest::NoCse},
    {"CseIdWithoutSlash", "[cse]\nid = \"cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n",
     "main.toml:2:6: cse.id: \"cse1\" is not an SP-relative CSE-ID", "\"/cse1\"", Rest::NoCse},
    {"SpWithoutSlashes", "[cse]\nid = \"/cse1\"\nsp = \"sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n",
     "main.toml:3:6: cse.sp: \"sp.example.com\" is not an M2M-SP-ID", "two slashes", Rest::NoCse},
    {"BaseNameWithSlash", CSE_WITH("base_name = \"cse1/base\""),
     "main.toml:5:13: cse.base_name: \"cse1/base\" is not the name of a resource", "without slashes", Rest::NoCse},
    {"BaseNameIsEmpty", CSE_WITH("base_name = \"\""),
     "main.toml:5:13: cse.base_name: \"\" is not the name of a resource", "\"cse-in\"", Rest::NoCse},
    {"CseWithoutAddress", "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\n",
     "main.toml:1:1: cse.address: is missing", "http://127.0.0.1:8080", Rest::NoCse},
    {"CseOverTls", "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"https://127.0.0.1:8080\"\n",
     "main.toml:4:11: cse.address: \"https://127.0.0.1:8080\": the CSE behind saproxy is reached in the clear",
     "unix:", Rest::NoCse},
    {"CseOnAnotherHost", "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://192.0.2.1:8080\"\n",
     "main.toml:4:11: cse.address: is not on this machine", "allow_remote_cse = true", Rest::NoCse},
    {"CseByName", "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://cse:8080\"\n",
     "main.toml:4:11: cse.address: \"http://cse:8080\": the host is neither an IP address nor localhost", "127.0.0.1",
     Rest::NoCse},
    {"DeniedOriginatorEmpty", CSE_WITH("denied_originators = [\"CAdmin\", \"\"]"),
     "main.toml:5:33: cse.denied_originators[1]: is not an originator", "printable", Rest::NoCse},
    {"ListenerWithoutName", "[[listener]]\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\"]\n",
     "main.toml:1:1: listener[0].name: is missing", "name = ", Rest::NoListener},
    {"ListenerNameWithBlank", "[[listener]]\nname = \"my port\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\"]\n",
     "main.toml:2:8: listener[0].name: is longer than 32 characters or has others", "https", Rest::NoListener},
    {"ListenerWithoutPort", "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0\"\nframeworks = [\"psk\"]\n",
     "main.toml:3:11: listener[0].address: \"0.0.0.0\": the port is missing", "0.0.0.0:8443", Rest::NoListener},
    {"ListenerPortTooLarge", "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:70000\"\nframeworks = [\"psk\"]\n",
     "main.toml:3:11: listener[0].address: \"0.0.0.0:70000\": the port is not a number from 0 to 65535", "8443",
     Rest::NoListener},
    {"ListenerOnUnixSocket", "[[listener]]\nname = \"a\"\naddress = \"unix:/run/x\"\nframeworks = [\"psk\"]\n",
     "main.toml:3:11: listener[0].address: \"unix:/run/x\": registrees cannot connect to a Unix socket", "0.0.0.0:8443",
     Rest::NoListener},
    {"ListenerWithoutFrameworks", "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:8443\"\n",
     "main.toml:1:1: listener[0].frameworks: is missing", "raw-public-key", Rest::NoListener},
    {"ListenerWithUnknownFramework",
     "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"psk\", \"maf\"]\n",
     "main.toml:4:22: listener[0].frameworks[1]: \"maf\" is not known here", "\"certificate\"", Rest::NoListener},
    {"PskListenerWithoutPsk", testing::kListener,
     "main.toml:4:14: listener[0].frameworks: serves psk, but there is no PSK", "add [[psk]]", Rest::CseOnly},
    {"RawKeyListenerWithoutKeys",
     "[[raw_key]]\nname = \"own\"\nkey_file = \"cse.key\"\n[[listener]]\nname = \"a\"\naddress = "
     "\"0.0.0.0:8443\"\nframeworks = [\"raw-public-key\"]\nraw_key = \"own\"\n",
     "main.toml:7:14: listener[0].frameworks: serves raw-public-key, but no key is trusted", "[[trusted_key]]",
     Rest::NoListener},
    {"CertificateListenerWithoutTrust",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n[[listener]]\nname = "
     "\"a\"\naddress = \"0.0.0.0:8443\"\nframeworks = [\"certificate\"]\n",
     "main.toml:8:14: listener[0].frameworks: serves certificate, but no CA is trusted", "[trust]", Rest::NoListener},
    {"CertificateListenerWithoutCertificate",
     "[trust]\nanchors = [\"ca.pem\"]\n[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:8443\"\nframeworks = "
     "[\"certificate\"]\n",
     "main.toml:6:14: listener[0].frameworks: serves certificate, but has none to show", "[[certificate]]",
     Rest::NoListener},
    {"DanglingCertificate",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n" LISTENER_WITH(
         "certificates = [\"csse\"]"),
     "main.toml:9:17: listener[0].certificates[0]: there is no [[certificate]] \"csse\"", "did you mean \"cse\"?",
     Rest::NoListener},
    {"CertificateNamedTwice",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n" LISTENER_WITH(
         "certificates = [\"cse\", \"cse\"]"),
     "main.toml:9:24: listener[0].certificates[1]: \"cse\" is named twice", "remove", Rest::NoListener},
    {"DanglingRawKey", LISTENER_WITH("raw_key = \"own\""),
     "main.toml:5:11: listener[0].raw_key: there is no [[raw_key]] \"own\"", "add a [[raw_key]]", Rest::NoListener},
    {"NoTlsVersion", LISTENER_WITH("[listener.tls]\nversions = []"),
     "main.toml:6:12: listener[0].tls.versions: names no version", "[\"1.2\"]", Rest::NoListener},
    {"OldTlsVersion", LISTENER_WITH("[listener.tls]\nversions = [\"1.2\", \"1.1\"]"),
     "main.toml:6:20: listener[0].tls.versions[1]: \"1.1\" is not known here", "\"1.2\"", Rest::NoListener},
    {"UnknownDeparture", LISTENER_WITH("[listener.tls]\nallow = [\"p-384\"]"),
     "main.toml:6:10: listener[0].tls.allow[0]: \"p-384\" is not known here", "did you mean \"p384\"?",
     Rest::NoListener},
    {"SameListenerName",
     "[[listener]]\nname = \"https\"\naddress = \"0.0.0.0:1443\"\nframeworks = [\"psk\"]\n"
     "[[listener]]\nname = \"https\"\naddress = \"0.0.0.0:2443\"\nframeworks = [\"psk\"]\n",
     "main.toml:6:8: listener[1].name: \"https\" is already the name of the listener at main.toml:2", "its own name",
     Rest::NoListener},
    {"SamePort", LISTENER_WITH("") "[[listener]]\nname = \"b\"\naddress = \"127.0.0.1:8443\"\nframeworks = [\"psk\"]\n",
     "main.toml:8:11: listener[1].address: the same address and port as the listener at main.toml:3", "its own port",
     Rest::NoListener},
    {"ListenerOnThePortOfTheCse", "[[listener]]\nname = \"a\"\naddress = \"0.0.0.0:8080\"\nframeworks = [\"psk\"]\n",
     "main.toml:3:11: listener[0].address: the same address and port as the CSE", "its own port", Rest::NoListener},
    {"CertificateWithoutKey", "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\n",
     "main.toml:1:1: certificate[0].key_file: is missing", "key_file = "},
    {"CertificateFileMissing", "[[certificate]]\nname = \"cse\"\nchain_file = \"csse.crt\"\nkey_file = \"cse.key\"\n",
     "main.toml:3:14: certificate[0].chain_file: cannot read \"csse.crt\": No such file", "name another"},
    {"ChainFileWithoutCertificate",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.key\"\nkey_file = \"cse.key\"\n",
     "main.toml:3:14: certificate[0].chain_file: \"cse.key\" holds no CERTIFICATE", "-----BEGIN CERTIFICATE-----"},
    {"KeyFileWithoutKey", "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.crt\"\n",
     "main.toml:4:12: certificate[0].key_file: \"cse.crt\" holds no PRIVATE KEY", "-----BEGIN PRIVATE KEY-----"},
    {"KeyFileReadableByOthers", "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"loose.key\"\n",
     "main.toml:4:12: certificate[0].key_file: \"loose.key\" holds a secret and others may read it", "chmod 600"},
    {"KeyFileEncrypted", "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"encrypted.key\"\n",
     "main.toml:4:12: certificate[0].key_file: the private key is encrypted", "decrypt it"},
    {"CertificateOfACa", "[[certificate]]\nname = \"cse\"\nchain_file = \"ca.pem\"\nkey_file = \"cse.key\"\n",
     "main.toml:3:14: certificate[0].chain_file: the first certificate is that of a CA", "first"},
    {"BrokenCertificate", "[[certificate]]\nname = \"cse\"\nchain_file = \"broken.crt\"\nkey_file = \"cse.key\"\n",
     "main.toml:3:14: certificate[0].chain_file: certificate 1 of \"broken.crt\": ", "X.509"},
    {"SameCertificateName",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n[[certificate]]\nname = "
     "\"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\n",
     "main.toml:6:8: certificate[1].name: \"cse\" is already the name of the certificate at main.toml:2",
     "its own name"},
    {"WildcardServerName",
     "[[certificate]]\nname = \"cse\"\nchain_file = \"cse.crt\"\nkey_file = \"cse.key\"\nserver_names = "
     "[\"*.sp.example.com\"]\n",
     "main.toml:5:17: certificate[0].server_names[0]: \"*.sp.example.com\" is not a domain name", "no wildcard"},
    {"AnchorIsNoCa", "[trust]\nanchors = [\"cse.crt\"]\n",
     "main.toml:2:12: trust.anchors[0]: certificate 1 of \"cse.crt\" is not that of a CA", "of the CA"},
    {"CrlFileWithoutCrl", "[trust]\ncrls = [\"ca.pem\"]\n",
     "main.toml:2:9: trust.crls[0]: \"ca.pem\" holds no X509 CRL", "X509 CRL"},
    {"CrlRequiredButNone", "[trust]\nanchors = [\"ca.pem\"]\nrequire_crl = true\n",
     "main.toml:3:15: trust.require_crl: no CRL is given", "crls = "},
    {"OcspUnknownMode", "[trust.ocsp]\nmode = \"on\"\n", "main.toml:2:8: trust.ocsp.mode: ", "hard"},
    {"OcspResponderOverTls", "[trust.ocsp]\nresponder = \"https://ocsp.example.com\"\n",
     "main.toml:2:13: trust.ocsp.responder: \"https://ocsp.example.com\": does not begin with http://", "http://ocsp"},
    {"OcspAllowsAUrl", "[trust.ocsp]\nallow = [\"http://ocsp.example.com\"]\n",
     "main.toml:2:10: trust.ocsp.allow[0]: \"http://ocsp.example.com\": ", "ocsp.example.com:8888"},
    {"OcspAgesCross", "[trust.ocsp]\nmin_age = \"2h\"\n", "main.toml:2:11: trust.ocsp.min_age: is longer than max_age",
     "at most max_age"},
    {"PskWithoutKey", PSK_WITH(""), "main.toml:1:1: psk[0]: has no key", "key_file = ", Rest::NoPsk},
    {"PskWithoutAt", "[[psk]]\nidentity = \"ae2\"\nkey_file = \"strong.psk\"\n",
     "main.toml:2:12: psk[0].identity: PSK identity has no '@'", "TS-0003 10.5", Rest::NoPsk},
    {"PskIdentityTooLong",
     "[[psk]]\nidentity = "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaa@sp.example.com\"\nkey_file = \"strong.psk\"\n",
     "main.toml:2:12: psk[0].identity: PSK identity is longer than 128 bytes", "KpsaID", Rest::NoPsk},
    {"PskIdentityWithSlash", "[[psk]]\nidentity = \"ae/2@sp.example.com\"\nkey_file = \"strong.psk\"\n",
     "main.toml:2:12: psk[0].identity: PSK identity has something else than", "KpsaID", Rest::NoPsk},
    {"SamePskTwice",
     "[[psk]]\nidentity = \"ae2@sp.example.com\"\nkey_file = \"strong.psk\"\nae = \"C2\"\n" PSK_WITH(
         "key_file = \"strong.psk\""),
     "main.toml:6:12: psk[1].identity: ae2@sp.example.com already has a key at main.toml:2", "keep one", Rest::NoPsk},
    {"KeyFileNotHex", PSK_WITH("key_file = \"text.psk\""),
     "main.toml:3:12: psk[0].key_file: \"text.psk\": the key is not an even number of hexadecimal digits", "key_format",
     Rest::NoPsk},
    {"PskFileReadableByOthers", PSK_WITH("key_file = \"loose.psk\""),
     "main.toml:3:12: psk[0].key_file: \"loose.psk\" holds a secret and others may read it", "chmod 600", Rest::NoPsk},
    {"PskTooLong", PSK_WITH("key_file = \"long.psk\""),
     "main.toml:3:12: psk[0].key_file: \"long.psk\": the key is longer than 64 bytes", "one key", Rest::NoPsk},
    {"PskFileEmpty", PSK_WITH("key_file = \"empty.psk\""),
     "main.toml:3:12: psk[0].key_file: \"empty.psk\": the key is empty", "one key", Rest::NoPsk},
    {"KeyInFileThatDoesNotSaySo", PSK_WITH("key = \"hex:5ec7e75ec7e75ec7e75ec7e7\""),
     "main.toml:3:7: psk[0].key: a key stands in a file that does not say secrets_in_file = true", "key_file",
     Rest::NoPsk},
    {"KeyWithoutNotation", "secrets_in_file = true\n" PSK_WITH("key = \"5ec7e75ec7e75ec7e75ec7e7\""),
     "main.toml:4:7: psk[0].key: the key does not say how it is written", "hex:", Rest::NoPsk},
    {"KeyAndKeyFile", "secrets_in_file = true\n" PSK_WITH("key = \"hex:5ec7e7\"\nkey_file = \"strong.psk\""),
     "main.toml:4:7: psk[0].key: there is a key_file, too", "keep key_file", Rest::NoPsk},
    {"PskWithTwoIdentities", PSK_WITH("key_file = \"strong.psk\"\nae = \"C2\"\ncse = \"/mn1\""),
     "main.toml:1:1: psk[0]: has more than one of ae, aes and cse", "keep one", Rest::NoPsk},
    {"WildcardInAe", PSK_WITH("key_file = \"strong.psk\"\nae = \"C*\""),
     "main.toml:4:6: psk[0].ae: \"C*\" is not an AE-ID-Stem", "aes = ", Rest::NoPsk},
    {"StemWithOtherLetter", PSK_WITH("key_file = \"strong.psk\"\nae = \"Xae\""),
     "main.toml:4:6: psk[0].ae: \"Xae\" is not an AE-ID-Stem", "Cabc", Rest::NoPsk},
    {"PatternThatCoversNothing", PSK_WITH("key_file = \"strong.psk\"\naes = [\"C*\", \"x*\"]"),
     "main.toml:4:14: psk[0].aes[1]: \"x*\" covers no AE-ID-Stem", "C*", Rest::NoPsk},
    {"NoAeInList", PSK_WITH("key_file = \"strong.psk\"\naes = []"), "main.toml:4:7: psk[0].aes: lists no AE-ID", "C*",
     Rest::NoPsk},
    {"CseOfThisCse", PSK_WITH("key_file = \"strong.psk\"\ncse = \"/cse1\""),
     "main.toml:2:12: psk[0].identity: 12-ae2@sp.example.com stands for /cse1, which is the CSE behind saproxy",
     "registree", Rest::NoPsk},
    {"IdentityWithoutCredential", "[[identity]]\nae = \"C2\"\n", "main.toml:1:1: identity[0].credential: is missing",
     "12-ae1@sp.example.com"},
    {"IdentityWithoutIdentity", "[[identity]]\ncredential = \"34-urn:dev:ops:x\"\n",
     "main.toml:1:1: identity[0]: names no identity", "ae = "},
    {"IdentityOfMissingPsk", "[[identity]]\ncredential = \"12-ae9@sp.example.com\"\nae = \"C9\"\n",
     "main.toml:2:14: identity[0].credential: there is no PSK of that KpsaID", "add [[psk]]"},
    {"IdentityOfMissingKey", "[[identity]]\ncredential = \"30-sha-256;AAAA\"\nae = \"C9\"\n",
     "main.toml:2:14: identity[0].credential: no trusted key has that name", "[[trusted_key]]"},
    {"IdentityOfUnknownType", "[[identity]]\ncredential = \"99-x\"\nae = \"C9\"\n",
     "main.toml:2:14: identity[0].credential: is not a Credential-ID", "12-ae1@sp.example.com"},
    {"IdentityOfMafKey", "[[identity]]\ncredential = \"11-x@maf.example.com\"\nae = \"C9\"\n",
     "main.toml:2:14: identity[0].credential: keys of a MAF or MEF are not served", "12 or 30 to 34"},
    {"IdentityTwice",
     "[[identity]]\ncredential = \"12-ae1@sp.example.com\"\nae = \"C9\"\n[[identity]]\ncredential = "
     "\"12-ae1@sp.example.com\"\nae = \"C8\"\n[[psk]]\nidentity = \"ae1@sp.example.com\"\nkey_file = \"strong.psk\"\n",
     "main.toml:5:14: identity[1].credential: identities of 12-ae1@sp.example.com are already given at main.toml:2",
     "keep one", Rest::NoPsk},
    {"TrustedKeyWithoutName", "[[trusted_key]]\nae = \"C1\"\n",
     "main.toml:1:1: trusted_key[0]: has neither or both of name and key_file", "saproxy inspect"},
    {"TrustedKeyMisnamed", "[[trusted_key]]\nname = \"sha-1;AAAA\"\nae = \"C1\"\n",
     "main.toml:2:8: trusted_key[0].name: is not an RFC 6920 name", "sha-256;"},
    {"TrustedKeyTwice",
     "[[trusted_key]]\nkey_file = \"node.pub\"\nae = \"C1\"\n[[trusted_key]]\nkey_file = \"node.pub\"\n",
     "main.toml:4:1: trusted_key[1]: this key is already trusted at main.toml:2", "keep one"},
    {"TrustedKeyIsPrivate", "[[trusted_key]]\nkey_file = \"cse.key\"\nae = \"C1\"\n",
     "main.toml:2:12: trusted_key[0].key_file: \"cse.key\" holds no PUBLIC KEY", "PUBLIC KEY"},
    {"DomainNameWithWildcard", "[[cse_domain_name]]\nfqdn = \"*.example.com\"\ncse = \"/mn1\"\n",
     "main.toml:2:8: cse_domain_name[0].fqdn: \"*.example.com\" is not a domain name", "no wildcard"},
    {"DomainNameTwice",
     "[[cse_domain_name]]\nfqdn = \"a.example.com\"\ncse = \"/mn1\"\n[[cse_domain_name]]\nfqdn = "
     "\"A.example.com\"\ncse = \"/mn2\"\n",
     "main.toml:5:8: cse_domain_name[1].fqdn: \"a.example.com\" is already the name of the cse_domain_name at "
     "main.toml:2",
     "its own name"},
    {"AdminOnTheNetwork", "[admin]\naddress = \"0.0.0.0:9464\"\n",
     "main.toml:2:11: admin.address: the admin listener knows no authentication", "127.0.0.1:9464"},
    {"AdminOnThePortOfTheListener", "[admin]\naddress = \"127.0.0.1:8443\"\n",
     "main.toml:9:11: listener[0].address: the same address and port as the admin listener", "its own port"},
    {"AdminWithRelativeSocket", "[admin]\naddress = \"unix:run/x\"\n",
     "main.toml:2:11: admin.address: \"unix:run/x\": the path of a Unix socket is not absolute", "unix:/run"},
    {"HeaderPrefixWithUnderscore", "[identity_headers]\nprefix = \"X_M2M_\"\n",
     "main.toml:2:10: identity_headers.prefix: is not a header name", "X-M2M-SA-"},
    {"HeaderPrefixThatHidesFrom", "[identity_headers]\nprefix = \"x-m2m-\"\n",
     "main.toml:2:10: identity_headers.prefix: covers a header that requests need", "X-M2M-SA-"},
    {"RulesFromNowhere", "[registration]\napp_rules = \"fetched\"\n",
     "main.toml:2:13: registration.app_rules: there is no [rule_source] to fetch rules from", "add [rule_source]"},
    {"RuleSourceWithoutAddress", "[rule_source]\nrefresh = \"1m\"\n", "main.toml:1:1: rule_source.address: is missing",
     "http://127.0.0.1:8080"},
    {"RuleSourceOfNoRegistrar", "[rule_source]\nregistrar = true\n",
     "main.toml:2:13: rule_source.registrar: there is no [registrar] to ask", "add [registrar]"},
    {"RuleSourceInTwoPlaces", "[rule_source]\nregistrar = true\naddress = \"http://127.0.0.1:80\"\n",
     "main.toml:3:11: rule_source.address: there is the registrar already", "leave address out"},
    {"RemoteRuleSource", "[rule_source]\naddress = \"http://192.0.2.1:80\"\n",
     "main.toml:2:11: rule_source.address: is not on this machine", "allow_remote = true"},
    {"RuleSourceWithTls", "[rule_source]\naddress = \"https://127.0.0.1:80\"\n",
     "main.toml:2:11: rule_source.address: \"https://127.0.0.1:80\"", "unix:"},
    {"RuleSourceBase", "[rule_source]\naddress = \"http://127.0.0.1:80\"\nbase = \"in?a=b\"\n",
     "main.toml:3:8: rule_source.base: is no address of a resource", "cse-in"},
    {"RuleSourceOriginator", "[rule_source]\naddress = \"http://127.0.0.1:80\"\noriginator = \"a\\r\\nb\"\n",
     "main.toml:3:14: rule_source.originator: is no identifier", "leave it out"},
    {"OtherMismatchCode", "[registration]\ncse_id_mismatch_code = 4103\n",
     "main.toml:2:24: registration.cse_id_mismatch_code: 4103 is out of range", "4106 to 4107"},
    {"RegistryWithoutName", "[registry]\nfile = \"\"\n", "main.toml:2:8: registry.file: is no path of a file",
     "registry.db"},
    {"RegistryInAFolder", "[registry]\nfile = \"/var/lib/saproxy/\"\n",
     "main.toml:2:8: registry.file: is no path of a file", "registry.db"},
    {"RegistryWithUnknownKey", "[registry]\nfle = \"registry.db\"\n", "main.toml:2:1: registry.fle: unknown key",
     "did you mean \"file\"?"},
    {"ReconcileAtNoTime", "[registry]\nreconcile = \"often\"\n", "main.toml:2:13: registry.reconcile: is neither",
     "6h"},
    {"ReconcileTooOften", "[registry]\nreconcile = \"10ms\"\n", "main.toml:2:13: registry.reconcile: is neither", "6h"},
    {"ReconcileOriginator", "[registry]\nreconcile_originator = \"a\\r\\nb\"\n",
     "main.toml:2:24: registry.reconcile_originator: is no identifier", "leave it out"},
    {"NoRegistrations", "[registry]\nmax_registrations = 0\n",
     "main.toml:2:21: registry.max_registrations: 0 is out of range", "1 to 10000000"},
    {"IncludedFileMissing", "include = [\"none.toml\"]\n",
     "main.toml:1:12: include[0]: cannot read \"none.toml\": No such file", "name another"},
    {"IncludedTwice", "include = [\"log.toml\", \"log.toml\"]\n",
     "main.toml:1:24: include[1]: \"log.toml\" is included twice", "remove"},
    {"IncludesItself", "include = [\"main.toml\"]\n", "main.toml:1:12: include[0]: \"main.toml\" is included twice",
     "remove"},
    {"IncludedFileIncludes", "include = [\"deep.toml\"]\n", "deep.toml:1:11: include: an included file includes others",
     "main file"},
    {"TableInTwoFiles", "include = [\"log.toml\"]\n[log]\nlevel = \"info\"\n",
     "log.toml:1:1: log: [log] is already given at main.toml:2", "keep one"},
    {"UnknownKeyInIncludedFile", "include = [\"unknown.toml\"]\n", "unknown.toml:2:1: psk[0].identiti: unknown key",
     "did you mean \"identity\"?"},
    {"SyntaxErrorInIncludedFile", "include = [\"syntax.toml\"]\n", "syntax.toml:1:7: ", "TOML 1.0", Rest::CseOnly},
    {"SecretsInFileThatOthersRead", "include = [\"loose.toml\"]\n",
     "loose.toml:1:1: secrets_in_file: the file holds secrets and others may read it", "chmod 600"},
    {"PskFileLineWithoutColon", "psk_files = [\"nocolon.keys\"]\n", "nocolon.keys:3:1: the line has no ':'",
     "KpsaID:key"},
    {"PskFileLineWithBadIdentity", "psk_files = [\"badid.keys\"]\n", "badid.keys:1:1: PSK identity has no '@'",
     "KpsaID:key"},
    {"PskFileLineWithBadKey", "psk_files = [\"badkey.keys\"]\n",
     "badkey.keys:1:20: the key is not an even number of hexadecimal digits", "KpsaID:key"},
    {"PskFileLineWithBadIdentities", "psk_files = [\"badae.keys\"]\n",
     "badae.keys:1:53: the third field is neither AE-ID-Stems nor a CSE-ID", "C1*,S2"},
    {"PskFolderLineWithBadKey", "psk_files = [\"psk.d\"]\n",
     "psk.d/bad:1:20: the key is not an even number of hexadecimal digits", "KpsaID:key"},
    {"PskFolderFileThatOthersRead", "psk_files = [\"loose.d/*\"]\n",
     "main.toml:1:14: psk_files[0]: \"loose.d/keys\" holds a secret and others may read it", "chmod 600"},
    {"PskFileInAFolderAndByName", "psk_files = [\"twice.d/keys\", \"twice.d\"]\n",
     "main.toml:1:30: psk_files[1]: \"twice.d/keys\" is already named at main.toml:1", "remove one"},
    {"PskFileWithoutName", "psk_files = [\"\"]\n", "main.toml:1:14: psk_files[0]: is no path", "write the path"},
    {"RuleFileLineOfTwoFields", "app_rule_files = [\"two.rules\"]\n",
     "two.rules:2:3: the line does not have three fields", "12-ae1@sp.example.com N* Cae1"},
    {"RuleFileLineOfFourFields", "app_rule_files = [\"four.rules\"]\n",
     "four.rules:1:1: the line does not have three fields", "12-ae1@sp.example.com N* Cae1"},
    {"RuleFileLineWithBadCredential", "app_rule_files = [\"badcred.rules\"]\n",
     "badcred.rules:1:22: \"99-x\" matches nothing here", "write Credential-IDs"},
    {"RuleFileLineWithBadAppId", "app_rule_files = [\"badapp.rules\"]\n",
     "badapp.rules:1:4: \"App\" matches nothing here", "begins with R or N"},
    {"RuleFileLineWithBadStem", "app_rule_files = [\"badstem.rules\"]\n",
     "badstem.rules:1:10: \"\" matches nothing here", "write AE-ID-Stems"},
    {"RuleFileNamedTwice", "app_rule_files = [\"good.d\", \"good.d/1\"]\n",
     "main.toml:1:29: app_rule_files[1]: \"good.d/1\" is already named at main.toml:1", "remove one"},
    {"PskFileMissing", "psk_files = [\"none\"]\n", "main.toml:1:14: psk_files[0]: cannot read \"none\"",
     "name another"},
    {"PskFileRepeatsPsk", "psk_files = [\"again.keys\"]\n",
     "again.keys:1:1: ae1@sp.example.com already has a key at main.toml:", "keep one"},
};

MemoryFiles with_broken_files() {
  MemoryFiles files;
  const std::string key(32, 'a');
  files.write("loose.key", testing::kPrivateKeyPem, true)
      .write("loose.psk", key, true)
      .write("text.psk", "not hex")
      .write("empty.psk", "\n");
  files.write("long.psk", std::string(130, 'a'))
      .write("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQA=\n-----END ENCRYPTED PRIVATE KEY-----\n");
  files.write("broken.crt", "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n");
  files.write("log.toml", "[log]\nlevel = \"info\"\n").write("deep.toml", "include = [\"log.toml\"]\n");
  files.write("unknown.toml",
              "[[psk]]\nidentiti = \"x\"\nidentity = \"ae3@sp.example.com\"\nkey_file = \"strong.psk\"\nae = \"C3\"\n");
  files.write("syntax.toml", "psk = oops\n").write("loose.toml", "secrets_in_file = true\n", true);
  files.write("nocolon.keys", "# comment\n\nae5@sp.example.com\n").write("badid.keys", "ae5:" + key + "\n");
  files.write("badkey.keys", "ae5@sp.example.com:xyz\n").write("badae.keys", "ae5@sp.example.com:" + key + ":X*\n");
  files.write("psk.d/bad", "ae5@sp.example.com:xyz\n").write("loose.d/keys", "ae5@sp.example.com:" + key, true);
  files.write("twice.d/keys", "ae5@sp.example.com:" + key + ":C5\n");
  files.write("two.rules", "# comment\n  12-a@sp.example.com N*\n").write("four.rules", "* N* C* x\n");
  files.write("badcred.rules", "12-ab@sp.example.com,99-x N* C*\n").write("badapp.rules", "*  App\tC*\n");
  files.write("badstem.rules", "*  N* C*,\n").write("good.d/1", "* N* C*\n");
  files.write("again.keys", "ae1@sp.example.com:" + key + "\n");
  return files;
}

class BrokenConfig : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenConfig, IsReportedWithPlaceReasonAndMend) {
  const LoadResult result = with_broken_files().write("main.toml", complete(GetParam())).load();
  std::string all;
  for (const ConfigError& error : result.errors) all += error.text() + "\n";
  ASSERT_EQ(result.errors.size(), 1u) << all;
  EXPECT_THAT(all, ::testing::StartsWith(GetParam().expected));
  EXPECT_THAT(all, ::testing::HasSubstr(GetParam().mend));
}

INSTANTIATE_TEST_SUITE_P(Broken, BrokenConfig, ::testing::ValuesIn(kBroken),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::policy
