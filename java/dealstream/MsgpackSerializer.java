package dealstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.storm.multilang.BoltMsg;
import org.apache.storm.multilang.ISerializer;
import org.apache.storm.multilang.NoOutputException;
import org.apache.storm.multilang.ShellMsg;
import org.apache.storm.multilang.SpoutMsg;
import org.apache.storm.shade.net.minidev.json.JSONValue;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.utils.Utils;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.core.buffer.InputStreamBufferInput;

/**
 * Storm's multilang messages as MessagePack, one after the other: what pystorm's {@code MsgpackSerializer} speaks.
 *
 * <p>The messages are those of Storm's {@code JsonSerializer}, field by field; only, a value of a tuple may be bytes.
 */
public class MsgpackSerializer implements ISerializer {
    private static final long serialVersionUID = 1L;

    private transient MessagePacker toComponent;
    private transient MessageUnpacker fromComponent;

    @Override
    public void initialize(OutputStream toComponent, InputStream fromComponent) {
        this.toComponent = MessagePack.newDefaultPacker(toComponent);
        // a pipe of Linux holds 64 KiB
        this.fromComponent = MessagePack.newDefaultUnpacker(new InputStreamBufferInput(fromComponent, 1 << 16));
    }

    @Override
    public Number connect(Map<String, Object> conf, TopologyContext context) throws IOException, NoOutputException {
        Map<String, Object> message = new HashMap<>();
        message.put("pidDir", context.getPIDDir());
        message.put("conf", conf);
        message.put("context", JSONValue.parse(context.toJSONString())); // it says in JSON only what it holds
        write(message);
        return (Number) read().get("pid");
    }

    @Override
    public void writeBoltMsg(BoltMsg bolt) throws IOException {
        Map<String, Object> message = new HashMap<>();
        message.put("id", bolt.getId());
        message.put("comp", bolt.getComp());
        message.put("stream", bolt.getStream());
        message.put("task", bolt.getTask());
        message.put("tuple", bolt.getTuple());
        write(message);
    }

    @Override
    public void writeSpoutMsg(SpoutMsg spout) throws IOException {
        Map<String, Object> message = new HashMap<>();
        message.put("command", spout.getCommand());
        message.put("id", spout.getId());
        write(message);
    }

    @Override
    public void writeTaskIds(List<Integer> taskIds) throws IOException {
        write(taskIds);
    }

    @Override
    @SuppressWarnings("unchecked")
    public ShellMsg readShellMsg() throws IOException, NoOutputException {
        Map<String, Object> message = read();
        ShellMsg shell = new ShellMsg();
        shell.setCommand((String) message.get("command"));
        shell.setId(message.get("id"));
        shell.setMsg((String) message.get("msg"));
        shell.setStream((String) message.getOrDefault("stream", Utils.DEFAULT_STREAM_ID));
        shell.setTask((Long) message.getOrDefault("task", 0L));
        shell.setNeedTaskIds((Boolean) message.getOrDefault("need_task_ids", true));
        shell.setTuple((List<Object>) message.get("tuple"));
        shell.setMetricName((String) message.get("name"));
        shell.setMetricParams(message.get("params"));
        Object anchors = message.getOrDefault("anchors", List.of());
        for (Object anchor : anchors instanceof String ? List.of(anchors) : (List<Object>) anchors) {
            shell.addAnchor((String) anchor);
        }
        if (message.get("level") instanceof Long level) {
            shell.setLogLevel(level.intValue());
        }
        return shell;
    }

    private void write(Object message) throws IOException {
        pack(message);
        toComponent.flush();
    }

    private void pack(Object value) throws IOException {
        if (value == null) {
            toComponent.packNil();
        } else if (value instanceof byte[] bytes) {
            toComponent.packBinaryHeader(bytes.length).writePayload(bytes);
        } else if (value instanceof String text) {
            toComponent.packString(text);
        } else if (value instanceof Boolean truth) {
            toComponent.packBoolean(truth);
        } else if (value instanceof Double || value instanceof Float) {
            toComponent.packDouble(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            toComponent.packLong(number.longValue());
        } else if (value instanceof Map<?, ?> map) {
            toComponent.packMapHeader(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                toComponent.packString(entry.getKey().toString());
                pack(entry.getValue());
            }
        } else if (value instanceof Collection<?> values) {
            toComponent.packArrayHeader(values.size());
            for (Object each : values) {
                pack(each);
            }
        } else {
            throw new IOException("a component can't be sent a " + value.getClass().getName());
        }
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> read() throws IOException, NoOutputException {
        try {
            return (Map<String, Object>) unpack();
        } catch (MessageInsufficientBufferException e) {
            throw new NoOutputException("Pipe to subprocess seems to be broken!");
        }
    }

    private Object unpack() throws IOException {
        switch (fromComponent.getNextFormat().getValueType()) {
            case NIL:
                fromComponent.unpackNil();
                return null;
            case BOOLEAN:
                return fromComponent.unpackBoolean();
            case INTEGER:
                return fromComponent.unpackLong();
            case FLOAT:
                return fromComponent.unpackDouble();
            case STRING:
                return fromComponent.unpackString();
            case BINARY:
                return fromComponent.readPayload(fromComponent.unpackBinaryHeader());
            case ARRAY:
                List<Object> values = new ArrayList<>();
                for (int left = fromComponent.unpackArrayHeader(); left > 0; left--) {
                    values.add(unpack());
                }
                return values;
            case MAP:
                Map<String, Object> map = new HashMap<>();
                for (int left = fromComponent.unpackMapHeader(); left > 0; left--) {
                    map.put(fromComponent.unpackString(), unpack());
                }
                return map;
            default:
                throw new IOException("a component has sent an extension of MessagePack");
        }
    }
}
