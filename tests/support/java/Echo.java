import dealstream.MsgpackSerializer;
import java.util.List;
import org.apache.storm.multilang.BoltMsg;
import org.apache.storm.multilang.NoOutputException;
import org.apache.storm.multilang.ShellMsg;
import org.apache.storm.multilang.SpoutMsg;

/** Storm's side of a pipe: answers each message by a tuple of what it has read, until there are no more. */
public final class Echo {
  private Echo() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws Exception {
    MsgpackSerializer serializer = new MsgpackSerializer();
    serializer.initialize(System.out, System.in);
    try {
      while (true) {
        answer(serializer, serializer.readShellMsg());
      }
    } catch (NoOutputException end) {
      SpoutMsg last = new SpoutMsg();
      last.setCommand("end");
      serializer.writeSpoutMsg(last);
    }
  }

  private static void answer(MsgpackSerializer serializer, ShellMsg read) throws Exception {
    BoltMsg bolt = new BoltMsg();
    bolt.setId((String) read.getId());
    bolt.setComp(read.getCommand() + " " + read.getMsg() + " " + read.getLogLevel() + " " + read.areTaskIdsNeeded());
    bolt.setStream(read.getStream());
    bolt.setTask(read.getTask());
    bolt.setTuple(read.getTuple());
    serializer.writeBoltMsg(bolt);
    serializer.writeTaskIds(List.of(read.getAnchors() == null ? 0 : read.getAnchors().size()));
  }
}
