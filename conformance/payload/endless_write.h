// A thread of the payload that no freezer stops.
#ifndef REAPCHECK_CONFORMANCE_PAYLOAD_ENDLESS_WRITE_H_
#define REAPCHECK_CONFORMANCE_PAYLOAD_ENDLESS_WRITE_H_

namespace payload {

// Another thread is in the middle of a write(2) of a page that nobody will give it: there the
// kernel takes note of no freezer, only of death. Exits with 121 where that is not allowed:
// userfaultfd(2) needs CAP_SYS_PTRACE.
void BeginEndlessWrite();

}  // namespace payload

#endif  // REAPCHECK_CONFORMANCE_PAYLOAD_ENDLESS_WRITE_H_
