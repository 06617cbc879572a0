// Locks and fifos, as Linux has them and the simulated kernel must.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractLocks : public ContractTest {
 protected:
  std::string Lock(const OwnedFd& fd, int operation) {
    return Answer(k().Flock(fd.get(), operation | LOCK_NB));
  }
};

// flock(2), LOCK_EX: "Only one process may hold an exclusive lock for a given file at a given
// time."; EWOULDBLOCK: "The file is locked and the LOCK_NB flag was selected."
TEST_P(ContractLocks, Exclusive_KeepsAllOthersOut) {
  const OwnedFd first = MakeFile("f");
  const OwnedFd second = Open(root(), "f");
  EXPECT_EQ(Lock(first, LOCK_EX), "ok");
  EXPECT_EQ(Lock(second, LOCK_EX), "EAGAIN");
  EXPECT_EQ(Lock(second, LOCK_SH), "EAGAIN");
  EXPECT_EQ(Lock(second, LOCK_UN), "ok") << "of what is not held";
  EXPECT_EQ(Lock(second, LOCK_SH), "EAGAIN");
  EXPECT_EQ(Lock(first, LOCK_UN), "ok");
  EXPECT_EQ(Lock(second, LOCK_EX), "ok");
}

// LOCK_SH: "More than one process may hold a shared lock for a given file at a given time."
TEST_P(ContractLocks, Shared_IsHeldByMany) {
  const OwnedFd first = MakeFile("f");
  const OwnedFd second = Open(root(), "f");
  const OwnedFd third = Open(root(), "f");
  EXPECT_EQ(Lock(first, LOCK_SH), "ok");
  EXPECT_EQ(Lock(second, LOCK_SH), "ok");
  EXPECT_EQ(Lock(third, LOCK_EX), "EAGAIN");
  EXPECT_EQ(Lock(first, LOCK_UN), "ok");
  EXPECT_EQ(Lock(third, LOCK_EX), "EAGAIN");
  EXPECT_EQ(Lock(second, LOCK_UN), "ok");
  EXPECT_EQ(Lock(third, LOCK_EX), "ok");
}

// "A process may hold only one type of lock (shared or exclusive) on a file. Subsequent flock()
// calls on an already locked file will convert an existing lock to the new lock mode."
TEST_P(ContractLocks, Conversion) {
  const OwnedFd first = MakeFile("f");
  const OwnedFd second = Open(root(), "f");
  EXPECT_EQ(Lock(first, LOCK_EX), "ok");
  EXPECT_EQ(Lock(first, LOCK_EX), "ok") << "held already";
  EXPECT_EQ(Lock(first, LOCK_SH), "ok");
  EXPECT_EQ(Lock(second, LOCK_SH), "ok");
  EXPECT_EQ(Lock(first, LOCK_EX), "EAGAIN");
}

// "Converting a lock is not guaranteed to be atomic: the existing lock is first removed, and then a
// new lock is established": after a refusal it is gone.
TEST_P(ContractLocks, ConversionThatIsRefused_LosesTheLock) {
  const OwnedFd first = MakeFile("f");
  const OwnedFd second = Open(root(), "f");
  const OwnedFd third = Open(root(), "f");
  EXPECT_EQ(Lock(first, LOCK_SH), "ok");
  EXPECT_EQ(Lock(second, LOCK_SH), "ok");
  EXPECT_EQ(Lock(first, LOCK_EX), "EAGAIN");
  EXPECT_EQ(Lock(second, LOCK_UN), "ok");
  EXPECT_EQ(Lock(third, LOCK_EX), "ok");
}

// "the lock is released either by an explicit LOCK_UN operation ... or when all such file
// descriptors have been closed."
TEST_P(ContractLocks, Close_Releases) {
  OwnedFd first = MakeFile("f");
  const OwnedFd second = Open(root(), "f");
  EXPECT_EQ(Lock(first, LOCK_EX), "ok");
  EXPECT_EQ(Lock(second, LOCK_EX), "EAGAIN");
  first.Reset();
  EXPECT_EQ(Lock(second, LOCK_EX), "ok");
}

TEST_P(ContractLocks, DirectoriesAndReadOnlyDescriptors_CanBeLocked) {
  MakeDirectory("d");
  const OwnedFd first = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  const OwnedFd second = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Lock(first, LOCK_EX), "ok");
  EXPECT_EQ(Lock(second, LOCK_EX), "EAGAIN");
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "d", AT_REMOVEDIR)), "ok") << "a lock keeps nothing";
}

// The lock is the inode's, not the name's.
TEST_P(ContractLocks, LockStaysWithARemovedFile) {
  const OwnedFd first = MakeFile("f");
  EXPECT_EQ(Lock(first, LOCK_EX), "ok");
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "f", 0)), "ok");
  const OwnedFd second = MakeFile("f");
  EXPECT_EQ(Lock(second, LOCK_EX), "ok");
  EXPECT_EQ(Answer(k().RenameAt(root(), "f", root(), "g")), "ok");
  EXPECT_EQ(Lock(Open(root(), "g"), LOCK_EX), "EAGAIN");
}

// flock(2), EINVAL: "operation is invalid."; EBADF: "fd is not an open file descriptor."
TEST_P(ContractLocks, BadOperationOrDescriptor) {
  const OwnedFd file = MakeFile("f");
  EXPECT_EQ(Answer(k().Flock(file.get(), 0)), "EINVAL");
  EXPECT_EQ(Answer(k().Flock(file.get(), LOCK_NB)), "EINVAL");
  EXPECT_EQ(Answer(k().Flock(file.get(), LOCK_SH | LOCK_EX)), "EINVAL");
  EXPECT_EQ(Answer(k().Flock(Fd{-1}, LOCK_EX)), "EBADF");
}

class ContractFifos : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    if (IsSkipped()) return;
    EXPECT_EQ(Answer(lab().MkfifoAt(root(), "fifo", 0600)), "ok");
  }
  std::string OpenAnswer(int flags) {
    return Answer(k().OpenAt(root(), "fifo", flags | O_NONBLOCK, 0));
  }
  OwnedFd OpenFifo(int flags) { return Open(root(), "fifo", flags | O_NONBLOCK); }
  std::string ReadSome(const OwnedFd& fd) {
    char buffer[16];
    const auto count = k().Read(fd.get(), buffer);
    return count ? std::string(buffer, *count) : ErrnoName(count.error().code);
  }
};

// mkfifo(3), EEXIST: "pathname already exists."
TEST_P(ContractFifos, Mkfifo_MakesAFifo) {
  EXPECT_EQ(Stat(root(), "fifo").mode, static_cast<mode_t>(S_IFIFO | 0600));
  EXPECT_EQ(Stat(root(), "fifo").size, 0);
  EXPECT_EQ(Answer(lab().MkfifoAt(root(), "fifo", 0600)), "EEXIST");
  EXPECT_EQ(Answer(lab().MkfifoAt(root(), "none/fifo", 0600)), "ENOENT");
  EXPECT_EQ(Answer(lab().MkfifoAt(root(), "fifo/x", 0600)), "ENOTDIR");
  EXPECT_EQ(OpenAnswer(O_RDONLY | O_DIRECTORY), "ENOTDIR");
}

// fifo(7): "A process can open a FIFO in nonblocking mode. In this case, opening for read-only
// succeeds even if no one has opened on the write side yet and opening for write-only fails with
// ENXIO".
TEST_P(ContractFifos, OpenForWriting_WithoutAReader_IsEnxio) {
  EXPECT_EQ(OpenAnswer(O_WRONLY), "ENXIO");
  OwnedFd reader = OpenFifo(O_RDONLY);
  EXPECT_EQ(OpenAnswer(O_WRONLY), "ok");
  reader.Reset();
  EXPECT_EQ(OpenAnswer(O_WRONLY), "ENXIO");
}

// fifo(7): "Under Linux, opening a FIFO for read and write will succeed both in blocking and
// nonblocking mode."
TEST_P(ContractFifos, OpenForBoth_IsItsOwnReaderAndWriter) {
  const OwnedFd both = Open(root(), "fifo", O_RDWR);
  EXPECT_EQ(OpenAnswer(O_WRONLY), "ok");
  EXPECT_EQ(Answer(k().Write(both.get(), "x")), "ok");
  EXPECT_EQ(ReadSome(both), "x");
  EXPECT_EQ(Polled(both.get(), POLLIN | POLLOUT), POLLOUT);
}

// pipe(7): "If all file descriptors referring to the write end of a pipe have been closed, then an
// attempt to read(2) from the pipe will see end-of-file".
TEST_P(ContractFifos, Read_WithoutAWriter_IsTheEnd) {
  const OwnedFd reader = OpenFifo(O_RDONLY);
  EXPECT_EQ(ReadSome(reader), "");
  OwnedFd writer = OpenFifo(O_WRONLY);
  EXPECT_EQ(ReadSome(reader), "EAGAIN");
  EXPECT_EQ(Answer(k().Write(writer.get(), "abc")), "ok");
  writer.Reset();
  EXPECT_EQ(ReadSome(reader), "abc");
  EXPECT_EQ(ReadSome(reader), "");
}

TEST_P(ContractFifos, Read_TakesWhatThereIs) {
  const OwnedFd both = OpenFifo(O_RDWR);
  EXPECT_EQ(Answer(k().Write(both.get(), "ab")), "ok");
  EXPECT_EQ(Answer(k().Write(both.get(), "cd")), "ok");
  char buffer[3];
  EXPECT_EQ(k().Read(both.get(), buffer).value(), 3u);
  EXPECT_EQ(std::string(buffer, 3), "abc");
  EXPECT_EQ(ReadSome(both), "d");
  EXPECT_EQ(ReadSome(both), "EAGAIN");
}

// pipe(7): "there is no concept of message boundaries", nor of how many were written.
TEST_P(ContractFifos, Write_ManyTimes_IsOneText) {
  const OwnedFd both = OpenFifo(O_RDWR);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(k().Write(both.get(), "ab").value(), 2u);
  std::string all;
  for (int i = 0; i < 7; ++i) all += "ab";
  EXPECT_EQ(ReadSome(both), all);
}

// pipe(7): a write without a reader "fails with the error EPIPE", SIGPIPE being ignored.
TEST_P(ContractFifos, Write_WithoutAReader_IsEpipe) {
  OwnedFd reader = OpenFifo(O_RDONLY);
  const OwnedFd writer = OpenFifo(O_WRONLY);
  reader.Reset();
  EXPECT_EQ(Answer(k().Write(writer.get(), "x")), "EPIPE");
}

// poll(2), POLLHUP: "Hang up ... when reading from a channel such as a pipe ... the peer closed its
// end of the channel."
TEST_P(ContractFifos, Poll_HangsUpAfterTheLastWriter) {
  const OwnedFd reader = OpenFifo(O_RDONLY);
  EXPECT_EQ(Polled(reader.get(), POLLIN), 0) << "there was no writer yet";
  OwnedFd first = OpenFifo(O_WRONLY);
  OwnedFd second = OpenFifo(O_WRONLY);
  EXPECT_EQ(Polled(reader.get(), POLLIN), 0);
  first.Reset();
  EXPECT_EQ(Polled(reader.get(), POLLIN), 0);
  second.Reset();
  EXPECT_EQ(Polled(reader.get(), POLLIN), POLLHUP);
  first = OpenFifo(O_WRONLY);
  EXPECT_EQ(Polled(reader.get(), POLLIN), 0) << "a new writer ends it";
}

TEST_P(ContractFifos, Poll_SaysWhatIsThereBesidesTheHangUp) {
  const OwnedFd reader = OpenFifo(O_RDONLY);
  OwnedFd writer = OpenFifo(O_WRONLY);
  EXPECT_EQ(Answer(k().Write(writer.get(), "x")), "ok");
  EXPECT_EQ(Polled(reader.get(), POLLIN), POLLIN);
  writer.Reset();
  EXPECT_EQ(Polled(reader.get(), POLLIN), POLLIN | POLLHUP);
}

// poll(2), POLLERR: "also set for a file descriptor referring to the write end of a pipe when the
// read end has been closed."
TEST_P(ContractFifos, Poll_OfAWriterWithoutReaders_IsPollerr) {
  OwnedFd reader = OpenFifo(O_RDONLY);
  const OwnedFd writer = OpenFifo(O_WRONLY);
  EXPECT_EQ(Polled(writer.get(), POLLOUT), POLLOUT);
  reader.Reset();
  EXPECT_EQ(Polled(writer.get(), POLLOUT), POLLOUT | POLLERR);
}

// A reader that opens after the writers have gone has not seen them.
TEST_P(ContractFifos, Poll_OfALateReader_DoesNotHangUp) {
  const OwnedFd first = OpenFifo(O_RDONLY);
  OpenFifo(O_WRONLY).Reset();
  EXPECT_EQ(Polled(first.get(), POLLIN), POLLHUP);
  const OwnedFd second = OpenFifo(O_RDONLY);
  EXPECT_EQ(Polled(second.get(), POLLIN), 0);
}

// fifo(7): "the kernel object exists as long as it is referenced by at least one process": what was
// written is lost with the last descriptor.
TEST_P(ContractFifos, Data_IsLostWithTheLastDescriptor) {
  OwnedFd both = OpenFifo(O_RDWR);
  EXPECT_EQ(Answer(k().Write(both.get(), "x")), "ok");
  EXPECT_EQ(ReadSome(OpenFifo(O_RDONLY)), "x");
  EXPECT_EQ(Answer(k().Write(both.get(), "y")), "ok");
  both.Reset();
  EXPECT_EQ(ReadSome(OpenFifo(O_RDONLY)), "");
}

// open(2), O_NONBLOCK left out: a writer waits for the reader that is there already.
TEST_P(ContractFifos, BlockingOpen_WithAPeer_DoesNotWait) {
  const OwnedFd both = OpenFifo(O_RDWR);
  const OwnedFd writer = Open(root(), "fifo", O_WRONLY);
  const OwnedFd reader = Open(root(), "fifo", O_RDONLY);
  EXPECT_EQ(Answer(k().Write(writer.get(), "x")), "ok");
  EXPECT_EQ(ReadSome(reader), "x");
}

TEST_P(ContractFifos, OpenFifo_OutlivesItsName) {
  const OwnedFd reader = OpenFifo(O_RDONLY);
  const OwnedFd writer = OpenFifo(O_WRONLY);
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "fifo", 0)), "ok");
  EXPECT_EQ(Answer(k().Write(writer.get(), "x")), "ok");
  EXPECT_EQ(ReadSome(reader), "x");
  EXPECT_EQ(Answer(lab().MkfifoAt(root(), "fifo", 0600)), "ok");
  EXPECT_EQ(OpenAnswer(O_WRONLY), "ENXIO");
}

// pread(2), ESPIPE: "The file descriptor is associated with a pipe"; fsync(2), EINVAL: "fd is bound
// to a special file (e.g., a pipe, FIFO, or socket) which does not support synchronization."
TEST_P(ContractFifos, PreadAndFsync_AreRefused) {
  const OwnedFd both = OpenFifo(O_RDWR);
  char buffer[1];
  EXPECT_EQ(Answer(k().Pread(both.get(), buffer, 0)), "ESPIPE");
  const OwnedFd writer = OpenFifo(O_WRONLY);
  EXPECT_EQ(Answer(k().Pread(writer.get(), buffer, 0)), "ESPIPE") << "not EBADF";
  EXPECT_EQ(Answer(k().Fsync(both.get())), "EINVAL");
  EXPECT_EQ(Answer(k().GetDirectoryEntries(both.get())), "ESPIPE");
}

CONTRACT_ON_ALL(ContractLocks);
CONTRACT_ON_ALL(ContractFifos);

}  // namespace
}  // namespace reapcheck::sim
