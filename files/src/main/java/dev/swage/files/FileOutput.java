package dev.swage.files;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file and syncs it on the way: a file of gigabytes is on the disk soon after its last
 * byte, and does not fill the memory with pages that wait for the disk. Native memory is written as
 * it is, without a copy on the heap.
 */
public final class FileOutput extends OutputStream {
  private static final int BUFFER = 1 << 16;
  private static final int PIECE = 1 << 23;
  private static final int COPY = 1 << 18;

  /** Bytes between two syncs. */
  private static final long SYNC_EVERY = 64L << 20;

  private final FileChannel channel;
  private final Optional<Fingerprint> fingerprint;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private @Nullable ByteBuffer copy;
  private long unsynced;
  private @Nullable FutureTask<@Nullable Void> sync;

  /**
   * @param fingerprint is given every byte
   */
  FileOutput(FileChannel channel, Optional<Fingerprint> fingerprint) {
    this.channel = channel;
    this.fingerprint = fingerprint;
  }

  /** Writes to any stream, and without copying to one of this class. */
  public static void write(OutputStream out, MemorySegment bytes) throws IOException {
    if (out instanceof FileOutput file) {
      file.write(bytes);
      return;
    }
    byte[] chunk = new byte[(int) Math.min(BUFFER, bytes.byteSize())];
    for (long at = 0; at < bytes.byteSize(); at += chunk.length) {
      int length = (int) Math.min(chunk.length, bytes.byteSize() - at);
      MemorySegment.copy(bytes, at, MemorySegment.ofArray(chunk), 0, length);
      out.write(chunk, 0, length);
    }
  }

  private void write(MemorySegment bytes) throws IOException {
    if (!bytes.isNative() || bytes.byteSize() < BUFFER) {
      gather(bytes);
      return;
    }
    if (fingerprint.isPresent() && bytes.isMapped()) {
      flush();
      drainCopied(bytes);
      return;
    }
    flush();
    try {
      for (long at = 0; at < bytes.byteSize(); at += PIECE) {
        drain(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
      }
    } catch (IOException e) {
      // The system says that an address is bad where a file that was mapped is shorter by now.
      throw bytes.isMapped() ? FileMemory.shortened().map(IOException::new).orElse(e) : e;
    }
  }

  /**
   * Copies first: a checksum of mapped memory would end the process where the file becomes shorter
   * meanwhile. The copy stays in the processor's cache until it is written.
   */
  private void drainCopied(MemorySegment bytes) throws IOException {
    if (copy == null) {
      copy = ByteBuffer.allocateDirect(COPY);
    }
    MemorySegment to = MemorySegment.ofBuffer(copy.clear());
    for (long at = 0; at < bytes.byteSize(); at += COPY) {
      int length = (int) Math.min(COPY, bytes.byteSize() - at);
      MemorySegment.copy(bytes, at, to, 0, length);
      drain(copy.clear().limit(length));
    }
  }

  private void gather(MemorySegment bytes) throws IOException {
    MemorySegment to = MemorySegment.ofArray(buffer.array());
    long at = 0;
    while (at < bytes.byteSize()) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int length = (int) Math.min(buffer.remaining(), bytes.byteSize() - at);
      MemorySegment.copy(bytes, at, to, buffer.position(), length);
      buffer.position(buffer.position() + length);
      at += length;
    }
  }

  @Override
  public void write(int value) throws IOException {
    if (!buffer.hasRemaining()) {
      flush();
    }
    buffer.put((byte) value);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    write(MemorySegment.ofArray(bytes).asSlice(offset, length));
  }

  @Override
  public void flush() throws IOException {
    buffer.flip();
    drain(buffer);
    buffer.clear();
  }

  private void drain(ByteBuffer bytes) throws IOException {
    unsynced += bytes.remaining();
    fingerprint.ifPresent(seen -> seen.update(bytes));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    if (unsynced >= SYNC_EVERY && (sync == null || sync.isDone())) {
      awaitSync();
      unsynced = 0;
      sync =
          new FutureTask<>(() -> {
            channel.force(false);
            return null;
          });
      Thread.ofPlatform().daemon().name("swage-sync").start(sync);
    }
  }

  /** Writes what is left and waits until all of it is on the disk. */
  void finish() throws IOException {
    flush();
    awaitSync();
    channel.force(true);
  }

  private void awaitSync() throws IOException {
    if (sync == null) {
      return;
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          sync.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } finally {
      sync = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
