// Chunked fp16 accumulation (Wang et al., 2018): sums of LENGTH terms, summed in fp16 themselves. At a rising clock: clear
// makes both 0, else enable adds term, an fp16. `sum` is the outer sum with the chunk under way; a full chunk joins the
// outer sum when the next one starts, so that one adder serves both.
//   LENGTH = 2, terms 16'h6800 (2048), 16'h3C00 (1), 16'h3C00: sum = 16'h6800, 16'h6800 (2049 rounds to 2048), 16'h6800.
module chunk_accumulator #(
    parameter LENGTH = 64
) (
    input  wire        clk,
    input  wire        clear,
    input  wire        enable,
    input  wire [15:0] term,
    output wire [15:0] sum
);
  reg [15:0] inner, outer, count;
  wire starts = count == 16'd0;
  wire [15:0] next;
  fp_add #(.EXP(5), .MAN(10)) add_term (.a(starts ? 16'd0 : inner), .b(term), .sum(next));
  fp_add #(.EXP(5), .MAN(10)) add_chunk (.a(outer), .b(inner), .sum(sum));

  localparam LAST = LENGTH - 1;
  always @(posedge clk)
    if (clear) begin
      inner <= 16'd0;
      outer <= 16'd0;
      count <= 16'd0;
    end else if (enable) begin
      inner <= next;
      if (starts) outer <= sum;
      count <= count == LAST[15:0] ? 16'd0 : count + 16'd1;
    end
endmodule
