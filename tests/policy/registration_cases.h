// The registration cases as a table for people: who asks with what, what was there before, what the CSE says, and what
// becomes of it. registration_cases_test.cc runs every row, and holds `explain` to the same story.
//
// credential  psk1 one AE (C1) · list C*, S7 · inner C123*X · ruled, one, sp, other: none of their own, rules may name
// them ·
//             new: nobody names it · cert: AE-ID Ccert · node: C7*, S7 · nodeX: Node-ID nobody names · device: C8a, C8b
//             · raw: S9 · cse2: /cse2 by PSK · cse3: /cse3 by certificate · none: no association
// settings    rules: the application rules below are asked · empty: there are none · missing: no profile · r1: codes of
//             release 1 · keep: assign_single_stem = false · anyapp: check_app_id = false · letter: the CSE needs a
//             From · code7: cse_id_mismatch_code = 4107 · commas: stems of tinyIoT · cstems, assigned: what strangers
//             may ask for
// From        "-": absent
// App-ID      "-": absent
// content     json, xml, cbor; then what it names besides: id=… (aei or csi), type=… (ty of the content), rcn=…, to=…
// before      identity@credential: registered already; ~identity: its registration is under way; !identity@credential:
//             was registered once
// CSE         "=": creates what was asked, assigns Cnew or Snew · the identity that it names · nothing · 4105: refuses
// outcome     response status code, and the identity that is recorded or the reason
//
// Of oneM2MTester these are the tests whose outcome is decided here. TC_CSE_REG_CRE_001 expects 2001 for a form of From
// that TS-0004 7.3.2.1 rule 2 refuses, and no setting of ours lets it pass; 003 has no verdict. 005, 006, 008, 009 and
// 024 are about requests of the CSE itself, TC_CSE_DMR_CRE_001_ASAR_CB about a resource that it keeps, TC_AE_* about
// AEs.
#pragma once

#include <string_view>

namespace saproxy::policy::testing {

// What the rules are, credential | App-IDs | AE-ID-Stems: see app_rules() in the test.
inline constexpr std::string_view kRegistrationCases = R"(
# TS-0001 10.2.2.2: AE registration, the identities of the credential decide
psk1   | -           | C1        | N.app | json | -          | =      | 2001 C1 | TS-0001 10.2.2.2 ii
psk1   | -           | C1        | N.app | xml  | -          | =      | 2001 C1 | TS-0001 10.2.2.2 ii
psk1   | -           | C1        | N.app | cbor | -          | =      | 2001 C1 | TS-0001 10.2.2.2 ii
psk1   | -           | -         | N.app | json | -          | =      | 2001 C1 | TS-0001 10.2.2.2 v
psk1   | -           | -         | N.app | xml  | -          | =      | 2001 C1 | TS-0001 10.2.2.2 v
psk1   | -           | C         | N.app | cbor | -          | =      | 2001 C1 | TS-0001 10.2.2.2 iv
psk1   | -           | S         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0001 10.2.2.2 iii
psk1   | keep        | C         | N.app | json | -          | C1     | 2001 C1 | TS-0001 10.2.2.2 iv
psk1   | keep        | -         | N.app | json | -          | =      | 5000 not_allowed | TS-0001 10.2.2.2 v
psk1   | keep letter | -         | N.app | json | -          | C1     | 2001 C1 | TS-0001 10.2.2.2 v
psk1   | -           | C2        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0004 7.3.2.1 rule 3
psk1   | -           | /cse-in/C1 | N.app | json | -         | =      | 4000 originator_form | TS-0004 7.3.2.1 rule 2
psk1   | -           | //sp.example.com/cse-in/C1 | N.app | json | - | = | 4000 originator_form | TS-0004 7.3.2.1 rule 2
psk1   | -           | CAdmin    | N.app | json | -          | =      | 4106 denied_originator | TS-0003 7.2.1
psk1   | -           | /cse-in   | N.app | json | -          | =      | 4106 own_cse_id | TS-0003 8.2.1
psk1   | -           | X1        | N.app | json | -          | =      | 4000 originator_form | TS-0001 7.2
psk1   | -           | C1        | R01.com.example.app | json | - | =   | 2001 C1 | TS-0004 7.4.5.2.1
psk1   | -           | C1        | r01.com.example.app | xml | -  | =   | 2001 C1 | TS-0004 7.4.5.2.1
psk1   | -           | C1        | APP01 | json | -          | =      | 4000 app_id_invalid | TS-0004 7.4.5.2.1
psk1   | -           | C1        | -     | json | -          | =      | 4000 app_id_invalid | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N     | cbor | -          | =      | 4000 app_id_invalid | TS-0004 7.4.5.2.1
psk1   | anyapp      | C1        | APP01 | json | -          | =      | 2001 C1 | TS-0013 8.4.1 TD_M2M_SE_01
psk1   | anyapp      | C1        | -     | xml  | -          | =      | 2001 C1 | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json | C1@psk1    | 4105   | 4105 refused | TS-0004 7.4.5.2.1: the CSE knows; the answer is 4117
psk1   | -           | C1        | N.app | json | C1@psk1    | =      | 2001 C1 | TS-0004 7.4.5.2.1: the CSE had lost it
psk1   | -           | C1        | APP01 | json | C1@other   | =      | 4117 already_registered | TS-0004 7.4.5.2.1 before the App-ID
psk1   | -           | -         | N.app | xml  | C1@other   | =      | 4117 already_registered | TS-0004 7.4.5.2.1
psk1   | -           | C         | N.app | cbor | C1@other   | =      | 4117 already_registered | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json | C1@other   | =      | 4117 already_registered | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json | ~C1        | =      | 4117 registration_pending | TS-0004 7.4.5.2.1
psk1   | r1          | C1        | N.app | json | C1@other   | =      | 4105 already_registered | oneM2MTester TC_CSE_REG_CRE_023
psk1   | -           | C1        | N.app | json id=C1 | -    | =      | 2001 C1 | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json id=C2 | -    | =      | 4000 identity_in_content | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | xml id=CAdmin | - | =      | 4000 identity_in_content | TS-0004 7.4.5.2.1
psk1   | -           | -         | N.app | cbor id=C9 | -    | =      | 4000 identity_in_content | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json type=16 | -  | =      | 4000 content_mismatch | TS-0004 7.4.5
psk1   | -           | C1        | N.app | xml type=3 | -    | =      | 4000 content_mismatch | TS-0004 7.4.5
psk1   | -           | C1        | N.app | cbor type=3 | -   | =      | 4000 content_mismatch | TS-0004 7.4.5
psk1   | -           | C1        | N.app | json rcn=0 | -    | nothing | 2001 C1 | TS-0001 8.1.2
psk1   | -           | C1        | N.app | json | -          | nothing | 2001 C1 | TS-0001 10.2.2.2
psk1   | -           | C1        | N.app | json | -          | /cse-in/C1 | 2001 C1 | TS-0001 7.2
psk1   | -           | C1        | N.app | json | -          | C2     | 5000 other_identity | TS-0001 10.2.2.2 step 004
psk1   | -           | C1        | N.app | json | -          | garbage | 5000 bad_identity | TS-0001 10.2.2.2 step 004
psk1   | -           | C1        | N.app | json | -          | 4105   | 4105 refused | TS-0001 10.2.2.2
psk1   | -           | C1        | N.app | json to=/cse9/x | - | =    | 4005 registrar_elsewhere | TS-0001 6.4
psk1   | -           | C1        | N.app | json to=//other.org/cse-in | - | = | 4005 registrar_elsewhere | TS-0001 6.4
psk1   | -           | -         | N.app | json to=/cse9/x | - | =    | 4005 registrar_elsewhere | TS-0001 6.4
psk1   | -           | C1        | N.app | json to=/cse-in/base | - | = | 2001 C1 | TS-0004 7.4.5.2.1
psk1   | -           | C1        | N.app | json to=//sp.example.com/cse-in/base | - | = | 2001 C1 | TS-0004 7.4.5.2.1
# lists: several AEs over one association
list   | -           | Cx        | N.app | json | -          | =      | 2001 Cx | TS-0003 8.2.1
list   | -           | Cx        | N.app | xml  | Cy@list    | =      | 2001 Cx | TS-0003 8.2.1
list   | -           | S7        | N.app | cbor | -          | =      | 2001 S7 | TS-0003 8.2.1
list   | -           | S8        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0004 7.3.2.1 rule 3
list   | -           | C         | N.app | json | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 iv
list   | -           | C         | N.app | xml  | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 iv
list   | -           | C         | N.app | cbor | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 iv
list   | -           | S         | N.app | json | -          | S7     | 2001 S7 | TS-0001 10.2.2.2 iii
list   | -           | S         | N.app | json | -          | =      | 5000 not_allowed | TS-0001 10.2.2.2 iii
list   | -           | -         | N.app | json | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 v
list   | letter      | -         | N.app | json | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 v
list   | -           | C         | N.app | json | -          | nothing | 5000 no_identity | TS-0001 10.2.2.2 step 004
list   | -           | C         | N.app | json | -          | S7     | 5000 other_identity | TS-0001 10.2.2.2 iv
list   | -           | C         | N.app | json | -          | CAdmin | 5000 reserved | TS-0003 7.2.1
list   | -           | C         | N.app | json | -          | C1     | 5000 reserved | TS-0003 8.2.1: configured for another
list   | -           | C1        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.2.1: configured for another
list   | -           | C         | N.app | json | -          | /cse-in/Cz | 2001 Cz | TS-0001 7.2
list   | -           | C         | N.app | json | -          | //sp.example.com/cse-in/Cz | 2001 Cz | TS-0001 7.2
list   | -           | C         | N.app | json | -          | /cse9/Cz | 5000 bad_identity | TS-0001 7.2
list   | -           | C         | N.app | json | -          | CAE1,2 | 5000 bad_identity | TS-0004 6.2.3
list   | commas      | C         | N.app | json | -          | CAE1,2 | 2001 CAE1,2 | TS-0004 6.2.3
list   | -           | C         | N.app | json rcn=0 | -    | =      | 4000 assigned_id_hidden | TS-0001 10.2.2.2
list   | -           | -         | N.app | json rcn=2 | -    | =      | 4000 assigned_id_hidden | TS-0001 10.2.2.2
list   | -           | C         | N.app | json rcn=1 | -    | =      | 2001 Cnew | TS-0001 8.1.2
list   | -           | C         | N.app | xml rcn=3 | -     | =      | 2001 Cnew | TS-0001 8.1.2
list   | -           | Cx        | N.app | json | Cx@list    | =      | 2001 Cx | TS-0004 7.4.5.2.1: the CSE had lost it
list   | -           | Cx        | N.app | json | Cx@psk1    | =      | 4117 already_registered | TS-0004 7.4.5.2.1
list   | -           | Cx        | N.app | json | ~Cx        | =      | 4117 registration_pending | TS-0004 7.4.5.2.1
list   | -           | C         | N.app | json | Cold@list  | =      | 2001 Cnew | TS-0003 8.2.1
list   | -           | C         | N.app | json | Cnew@psk1  | =      | 2001 Cnew | TS-0001 10.2.2.2 step 004: the CSE has lost the old one
inner  | -           | C1234X    | N.app | json | -          | =      | 2001 C1234X | TS-0001 9.6.29
inner  | -           | C123X     | N.app | xml  | -          | =      | 2001 C123X | TS-0001 9.6.29
inner  | -           | C124X     | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0001 9.6.29
inner  | -           | C1234Y    | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0001 9.6.29
inner  | -           | C         | N.app | json | -          | C123abX | 2001 C123abX | TS-0001 9.6.29
inner  | -           | C         | N.app | json | -          | =      | 5000 not_allowed | TS-0001 9.6.29
inner  | -           | S         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0001 9.6.29
# certificates and raw keys
cert   | -           | Ccert     | N.app | json | -          | =      | 2001 Ccert | TS-0003 8.2.2.2
cert   | -           | -         | N.app | xml  | -          | =      | 2001 Ccert | TS-0003 8.2.2.2
cert   | -           | C         | N.app | cbor | -          | =      | 2001 Ccert | TS-0003 8.2.2.2
cert   | -           | S         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0003 8.2.2.2
cert   | -           | C1        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.2.2.2
cert   | -           | Ccert     | N.app | json | Ccert@other | =     | 4117 already_registered | TS-0004 7.4.5.2.1
node   | -           | C7a       | N.app | json | -          | =      | 2001 C7a | TS-0003 8.2.1
node   | -           | C7b       | N.app | xml  | C7a@node   | =      | 2001 C7b | TS-0003 8.2.1
node   | -           | S7        | N.app | cbor | C7a@node   | =      | 2001 S7 | TS-0003 8.2.1
node   | -           | C8        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.2.1
node   | -           | C         | N.app | json | -          | C7new  | 2001 C7new | TS-0003 8.2.1
node   | -           | C         | N.app | json | -          | =      | 5000 not_allowed | TS-0003 8.2.1
device | -           | C8a       | N.app | json | -          | =      | 2001 C8a | TS-0003 8.2.1
device | -           | C8b       | N.app | xml  | C8a@device | =      | 2001 C8b | TS-0003 8.2.1
device | -           | -         | N.app | json | -          | C8a    | 2001 C8a | TS-0003 8.2.1
device | -           | -         | N.app | json | C8a@device | C8b    | 2001 C8b | TS-0003 8.2.1
device | -           | S         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0003 8.2.1
raw    | -           | S9        | N.app | json | -          | =      | 2001 S9 | TS-0003 8.2.2.2
raw    | -           | S         | N.app | xml  | -          | =      | 2001 S9 | TS-0001 10.2.2.2 iii
raw    | -           | -         | N.app | cbor | -          | =      | 2001 S9 | TS-0001 10.2.2.2 v
raw    | -           | C         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0001 10.2.2.2 iv
# nobody names the credential: own assignment
new    | -           | Cfree     | N.app | json | -          | =      | 2001 Cfree | TS-0003 8.2.2.1
new    | -           | C         | N.app | xml  | -          | =      | 2001 Cnew | TS-0003 8.2.2.1
new    | -           | S         | N.app | cbor | -          | =      | 2001 Snew | TS-0003 8.2.2.1
new    | -           | -         | N.app | json | -          | =      | 2001 Cnew | TS-0003 8.2.2.1
new    | letter      | -         | N.app | json | -          | =      | 2001 Cnew | TS-0003 8.2.2.1
new    | -           | C1        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.2.2.1: configured for another
new    | -           | C         | N.app | json | -          | C1     | 5000 reserved | TS-0003 8.2.2.1: configured for another
new    | -           | Cother    | N.app | json | Cfree@new  | =      | 4106 originator_not_allowed | TS-0003 8.2.1: one AE for one key
new    | -           | Cfree     | N.app | json | Cfree@new  | =      | 2001 Cfree | TS-0004 7.4.5.2.1: the CSE had lost it
new    | -           | -         | N.app | json | Cfree@new  | =      | 4117 already_registered | TS-0003 8.2.1: one AE for one key
new    | -           | C         | N.app | json | Cfree@new  | =      | 4117 already_registered | TS-0003 8.2.1: one AE for one key
new    | -           | Cx        | N.app | json | Cx@list    | =      | 4117 already_registered | TS-0004 7.4.5.2.1
new    | cstems      | Cfree     | N.app | json | -          | =      | 2001 Cfree | TS-0003 8.2.2.1
new    | cstems      | Sfree     | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0001 7.2: the service provider assigns it
new    | cstems      | S         | N.app | json | -          | =      | 2001 Snew | TS-0001 10.2.2.2 iii
new    | cstems      | C1        | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.2.2.1: configured for another
new    | -           | Sfree     | N.app | json | -          | =      | 2001 Sfree | TS-0003 8.2.2.1
new    | assigned    | Cfree     | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0003 8.1.2.5: a certificate may name it
new    | assigned    | Sfree     | N.app | xml  | -          | =      | 4106 originator_not_allowed | TS-0003 8.1.2.5: a certificate may name it
new    | assigned    | C         | N.app | json | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 iv
new    | assigned    | S         | N.app | json | -          | =      | 2001 Snew | TS-0001 10.2.2.2 iii
new    | assigned    | -         | N.app | json | -          | =      | 2001 Cnew | TS-0001 10.2.2.2 v
new    | assigned    | Cfree     | N.app | json | Cfree@new  | =      | 2001 Cfree | TS-0001 10.2.2.2 i: the CSE had lost it
new    | assigned    | Cfree     | N.app | json | Cfree@list | =      | 4106 originator_not_allowed | TS-0003 8.2.2.1
new    | rules assigned | Cfree  | N.app | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7: the rules decide
cert   | assigned    | Ccert     | N.app | json | -          | =      | 2001 Ccert | TS-0003 8.1.2.5
list   | assigned    | Cfree     | N.app | json | -          | =      | 2001 Cfree | TS-0001 9.6.29: a wildcard is an identity
new    | -           | Ccert     | N.app | json | Ccert@cert | =      | 4117 already_registered | TS-0004 7.4.5.2.1
new    | -           | Ccert     | N.app | json | !Ccert@cert | =     | 4106 originator_not_allowed | TS-0003 8.1.2.5: its certificate names it
new    | -           | C         | N.app | json | !Ccert@cert | Ccert | 5000 reserved | TS-0003 8.1.2.5
new    | -           | Cfree     | N.app | json | !Cfree@list | =     | 2001 Cfree | TS-0003 8.2.1: a key names nobody
list   | -           | Ccert     | N.app | json | !Ccert@cert | =     | 4106 originator_not_allowed | TS-0001 9.6.29: a wildcard names nobody
list   | -           | C         | N.app | json | !Ccert@cert | Ccert | 5000 reserved | TS-0001 9.6.29
cert   | -           | Ccert     | N.app | json | !Ccert@cert | =     | 2001 Ccert | TS-0001 10.2.2.2 i
psk1   | -           | C1        | N.app | json | !C1@certC1 | =      | 2001 C1 | TS-0003 8.2.2.1: configuration names it
new    | -           | CAdmin    | N.app | json | -          | =      | 4106 denied_originator | TS-0003 7.2.1
new    | -           | /cse-in/Cx | N.app | json | -         | =      | 4106 unresolved_identity | TS-0003 8.2.2.1
nodeX  | -           | Cn1       | N.app | json | -          | =      | 2001 Cn1 | TS-0003 8.2.1
nodeX  | -           | Cn2       | N.app | xml  | Cn1@nodeX  | =      | 2001 Cn2 | TS-0003 8.2.1: a node has several AEs
none   | -           | Cx        | N.app | json | -          | =      | 4107 association_required | TS-0004 7.3.2.1 rule 6
none   | -           | -         | N.app | json | -          | =      | 4107 association_required | TS-0004 7.3.2.1 rule 6
none   | rules       | Cx        | N.app | json | -          | =      | 4107 association_required | TS-0004 7.3.2.1 rule 6
# TS-0004 7.3.2.7: application rules
ruled  | rules       | Cr1       | N.app | json | -          | =      | 2001 Cr1 | TS-0004 7.3.2.7
ruled  | rules       | Cr2       | N.app | xml  | -          | =      | 2001 Cr2 | TS-0004 7.3.2.7
ruled  | rules       | Cr1       | R01.com.x | cbor | -      | =      | 2001 Cr1 | TS-0004 7.3.2.7
ruled  | rules       | Cr1       | R01.com.example.building.meter | json | - | = | 2001 Cr1 | TS-0001 9.6.29: longer than any short string
ruled  | rules       | Cr1       | N.bad | json | -          | =      | 4126 no_app_rule | oneM2MTester TC_CSE_REG_CRE_016
ruled  | rules r1    | Cr1       | N.bad | json | -          | =      | 4107 no_app_rule | oneM2MTester TC_CSE_REG_CRE_016
ruled  | rules       | Cr3       | N.app | json | -          | =      | 4126 no_app_rule | oneM2MTester TC_CSE_REG_CRE_004
ruled  | rules r1    | Cr3       | N.app | json | -          | =      | 4107 no_app_rule | oneM2MTester TC_CSE_REG_CRE_004
ruled  | rules       | C         | N.app | json | -          | Cr1    | 2001 Cr1 | TS-0001 10.2.2.2 iv
ruled  | rules       | C         | N.app | json | -          | =      | 5000 not_allowed | TS-0001 10.2.2.2 iv
ruled  | rules       | S         | N.app | json | -          | =      | 4126 no_app_rule | TS-0001 10.2.2.2 iii
ruled  | rules       | -         | N.app | json | -          | Cr2    | 2001 Cr2 | TS-0001 10.2.2.2 v
ruled  | rules       | C         | N.wild | json | -         | =      | 2001 Cnew | oneM2MTester TC_CSE_REG_CRE_011
ruled  | rules       | S         | N.wild | xml | -          | =      | 2001 Snew | TS-0001 9.6.29
ruled  | rules       | -         | N.wild | cbor | -         | =      | 2001 Cnew | oneM2MTester TC_CSE_REG_CRE_022
ruled  | rules       | Cwhatever | N.wild | json | -         | =      | 2001 Cwhatever | oneM2MTester TC_CSE_REG_CRE_002
ruled  | rules       | Cany1     | N.any | json | -          | =      | 2001 Cany1 | TS-0001 9.6.29: "*" as credential
ruled  | rules       | Cother    | N.any | json | -          | =      | 4126 no_app_rule | TS-0001 9.6.29: a rule is the product
ruled  | rules       | Cr1       | N.app | json | Cr1@other  | =      | 4117 already_registered | TS-0004 7.4.5.2.1
ruled  | rules       | Cr3       | N.app | json | Cr3@other  | =      | 4126 no_app_rule | TS-0004 7.3.2.7 before 7.4.5.2.1
ruled  | rules       | Cr1       | APP01 | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7 before 7.4.5.2.1
ruled  | rules       | /cse-in/Cr1 | N.app | json | -        | =      | 4000 originator_form | TS-0004 7.3.2.1 rule 2, oneM2MTester TC_CSE_REG_CRE_001
ruled  | empty       | Cr1       | N.app | json | -          | =      | 4126 no_app_rule | TS-0001 9.6.20: no application may register
ruled  | missing     | Cr1       | N.app | json | -          | =      | 4128 profile_missing | TS-0004 7.3.2.7
ruled  | missing r1  | Cr1       | N.app | json | -          | =      | 4107 profile_missing | TS-0004 7.3.2.7
one    | rules       | -         | N.app | json | -          | =      | 2001 Cone | TS-0001 10.2.2.2: the stem of the rule is assigned
one    | rules keep  | C         | N.app | json | -          | Cone   | 2001 Cone | TS-0001 10.2.2.2 iv
one    | rules       | Cone      | N.app | xml  | -          | =      | 2001 Cone | oneM2MTester TC_CSE_REG_CRE_002
one    | rules       | Ctwo      | N.app | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7
sp     | rules       | S         | N.app | json | -          | =      | 2001 Snew | TS-0001 9.6.29: "S*", oneM2MTester TC_CSE_REG_CRE_007, 010, 020
sp     | rules       | -         | N.app | json | -          | =      | 2001 Snew | TS-0001 10.2.2.2 v: only "S" can be assigned
sp     | rules letter | -        | N.app | json | -          | =      | 2001 Snew | TS-0001 10.2.2.2 v: only "S" can be assigned
sp     | rules       | Sx        | N.app | json | -          | =      | 2001 Sx | TS-0001 9.6.29
sp     | rules       | C         | N.app | json | -          | =      | 4126 no_app_rule | TS-0001 9.6.29
sp     | rules       | S         | N.app | json | -          | /Sabc  | 2001 Sabc | TS-0001 7.2
other  | rules       | Cany9     | N.any | json | -          | =      | 2001 Cany9 | TS-0001 9.6.29
other  | rules       | Cr1       | N.app | json | -          | =      | 4126 no_app_rule | C-DOT: credential of another node
other  | rules r1    | Cr1       | N.app | json | -          | =      | 4107 no_app_rule | C-DOT: credential of another node
psk1   | rules       | C1        | N.app | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7: an identity is no rule
cert   | rules       | Ccert     | N.app | json | -          | =      | 2001 Ccert | TS-0004 7.3.2.7
cert   | rules       | Ccert     | N.bad | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7
cert   | missing     | Ccert     | N.app | json | -          | =      | 4128 profile_missing | TS-0004 7.3.2.7: whatever the certificate says
node   | rules       | C7a       | N.app | json | -          | =      | 2001 C7a | TS-0001 9.6.29: wildcard in the credential
node   | rules       | S7        | N.app | json | -          | =      | 4126 no_app_rule | TS-0001 9.6.29
new    | rules       | Cfree     | N.app | json | -          | =      | 4126 no_app_rule | TS-0004 7.3.2.7
# TS-0001 10.2.2.7, TS-0004 7.4.4.2.1: CSE registration
cse2   | -           | /cse2     | -     | json | -          | =      | 2001 /cse2 | oneM2MTester TC_CSE_REG_CRE_018, 025
cse2   | -           | /cse2     | -     | xml  | -          | =      | 2001 /cse2 | TS-0001 10.2.2.7
cse2   | -           | /cse2     | -     | cbor | -          | =      | 2001 /cse2 | TS-0001 10.2.2.7
cse3   | -           | /cse3     | -     | json | -          | =      | 2001 /cse3 | oneM2MTester TC_CSE_REG_CRE_019
cse2   | -           | //sp.example.com/cse2 | - | json | -  | =      | 2001 /cse2 | TS-0001 7.2
cse2   | -           | /cse2     | -     | json id=/cse2 | - | =      | 2001 /cse2 | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json id=//sp.example.com/cse2 | - | = | 2001 /cse2 | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json id=/cse9 | - | =      | 4000 identity_in_content | TS-0004 7.4.4.2.1: CSE-ID is taken from From
cse2   | -           | /cse2     | -     | xml id=/cse3 | -  | =      | 4000 identity_in_content | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | cbor id=/cse-in | - | =    | 4000 identity_in_content | TS-0004 7.4.4.2.1
cse2   | -           | /cse9     | -     | json | -          | =      | 4106 cse_id_mismatch | TS-0001 10.2.2.7
cse2   | code7       | /cse9     | -     | json | -          | =      | 4107 cse_id_mismatch | C-DOT: CSE-ID not assigned to that credential
cse2   | -           | /cse3     | -     | json | /cse3@cse3 | =      | 4106 other_registree_cse | TS-0004 7.3.2.1 rule 4a
cse2   | -           | /cse-in   | -     | json | -          | =      | 4106 own_cse_id | TS-0003 8.2.1
cse2   | -           | /cse2/Cx  | -     | json | -          | =      | 4005 ae_registers_as_cse | TS-0004 7.4.4.2.1
cse2   | -           | Cx        | -     | json | -          | =      | 4106 cse_relative_stem | TS-0004 7.3.2.1 rule 4b
cse2   | -           | Sx        | -     | json | -          | =      | 4005 ae_registers_as_cse | TS-0004 7.4.4.2.1
cse2   | -           | -         | -     | json | -          | =      | 4000 originator_missing | TS-0004 7.3.2.1 rule 1
cse2   | -           | /cse2     | -     | json | /cse2@cse3 | =      | 4117 already_registered | TS-0004 7.4.4.2.1
cse2   | r1          | /cse2     | -     | json | /cse2@cse3 | =      | 4105 already_registered | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json | ~/cse2     | =      | 4117 registration_pending | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json | -          | /cse9  | 5000 other_identity | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json | -          | cse2   | 2001 /cse2 | TS-0001 7.1
cse2   | -           | /cse2     | -     | json | -          | nothing | 2001 /cse2 | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json | -          | 4105   | 4105 refused | TS-0004 7.4.4.2.1
cse2   | -           | /cse2     | -     | json type=2 | -   | =      | 4000 content_mismatch | TS-0004 7.4.4
cse2   | rules       | /cse2     | -     | json | -          | =      | 2001 /cse2 | TS-0001 10.2.2.7: no rule is asked of a CSE
cse2   | missing     | /cse2     | -     | xml  | -          | =      | 2001 /cse2 | TS-0001 10.2.2.7: no rule is asked of a CSE
psk1 csr | -         | C1        | -     | json | -          | =      | 4005 ae_registers_as_cse | TS-0004 7.4.4.2.1
cert csr | -         | Ccert     | -     | xml  | -          | =      | 4005 ae_registers_as_cse | TS-0004 7.4.4.2.1
new csr  | -         | /cse8     | -     | json | -          | =      | 4106 unresolved_identity | TS-0003 8.2.2.1: a CSE is configured first
none csr | -         | /cse2     | -     | json | -          | =      | 4107 association_required | TS-0004 7.3.2.1 rule 6
cse2 ae  | -         | C         | N.app | json | -          | =      | 4106 stem_not_assignable | TS-0001 10.2.2.2
cse2 ae  | -         | /cse2/Cx  | N.app | json | -          | =      | 4106 originator_not_allowed | TS-0001 6.4: a CSE registers no AE
cse2 ae  | -         | Sx        | N.app | json to=/cse9/x | - | =    | 4106 originator_not_allowed | TS-0001 6.4: a CSE registers no AE
cse2     | -         | /cse2     | -     | json to=//evil.org/cse-in/base | - | = | 4005 registrar_elsewhere | TS-0001 6.4
)";

}  // namespace saproxy::policy::testing
