import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.apache.storm.shade.io.netty.bootstrap.ChannelInitializerExtension;
import org.apache.storm.shade.io.netty.channel.ChannelHandlerContext;
import org.apache.storm.shade.io.netty.channel.ChannelOutboundHandlerAdapter;
import org.apache.storm.shade.io.netty.channel.ChannelPromise;
import org.apache.storm.shade.io.netty.channel.ServerChannel;

/**
 * Makes a worker's port for tuples listen on 127.0.0.1, where Storm asks for every address.
 *
 * <p>An extension of Netty's, which finds it by META-INF/services when workers are started with
 * {@code -Dorg.apache.storm.shade.io.netty.bootstrap.extensions=serviceload}.
 */
public final class LoopbackListener extends ChannelInitializerExtension {
  @Override
  public void postInitializeServerListenerChannel(ServerChannel channel) {
    channel.pipeline().addLast(new BindHere());
  }

  private static final class BindHere extends ChannelOutboundHandlerAdapter {
    @Override
    public void bind(ChannelHandlerContext context, SocketAddress asked, ChannelPromise promise) {
      int port = ((InetSocketAddress) asked).getPort();
      context.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), promise);
    }
  }
}
