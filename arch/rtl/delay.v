// Delays `in` by DEPTH clocks; DEPTH 0 is a wire.
module delay #(
    parameter DEPTH = 1,
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] in,
    output wire [WIDTH-1:0] out
);
  generate
    if (DEPTH == 0) begin : g_wire
      assign out = in;
      wire unused = clk;
    end else begin : g_registers
      reg [DEPTH*WIDTH-1:0] line;
      if (DEPTH == 1) begin : g_one
        always @(posedge clk) line <= in;
      end else begin : g_many
        always @(posedge clk) line <= {line[(DEPTH-1)*WIDTH-1:0], in};
      end
      assign out = line[DEPTH*WIDTH-1-:WIDTH];
    end
  endgenerate
endmodule
