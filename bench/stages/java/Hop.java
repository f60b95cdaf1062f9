import dealstream.MsgpackSerializer;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.storm.multilang.BoltMsg;
import org.apache.storm.multilang.ShellMsg;

/** What Storm does with a tuple between two Pythons: reads the message of one, writes that for the other. */
public final class Hop {
  private Hop() {}

  /** Arguments: a file of messages as a Python emits them, and their number. */
  public static void main(String[] args) throws Exception {
    byte[] emitted = Files.readAllBytes(Paths.get(args[0]));
    int count = Integer.parseInt(args[1]);
    Measured.twiceInThread(() -> pass(emitted, count));
  }

  private static void pass(byte[] emitted, int count) throws Exception {
    MsgpackSerializer serializer = new MsgpackSerializer();
    serializer.initialize(OutputStream.nullOutputStream(), new ByteArrayInputStream(emitted));
    for (int number = 0; number < count; number++) {
      ShellMsg read = serializer.readShellMsg();
      BoltMsg written = new BoltMsg();
      written.setId(read.getId().toString());
      written.setComp("event_spout");
      written.setStream("default");
      written.setTask(4);
      written.setTuple(read.getTuple());
      serializer.writeBoltMsg(written);
    }
  }
}
