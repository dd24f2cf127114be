// Sum of N (a power of two) signed integers of IN bits, log2(N) bits wider: exact. Term i is terms[i*IN +: IN].
// Combinational.
//   N = 2, IN = 4, terms = 8'h88 (-8, -8): sum = 5'h10 (-16).
module adder_tree #(
    parameter N  = 16,
    parameter IN = 11
) (
    input  wire        [         N*IN-1:0] terms,
    output wire signed [IN+$clog2(N)-1:0] sum
);
  localparam LEVELS = $clog2(N);
  genvar l, i;
  generate
    for (l = 0; l <= LEVELS; l = l + 1) begin : level
      localparam WIDTH = IN + l;
      localparam COUNT = 1 << (LEVELS - l);
      wire [COUNT*WIDTH-1:0] sums;
      if (l == 0) begin : leaves
        assign sums = terms;
      end else begin : nodes
        for (i = 0; i < COUNT; i = i + 1) begin : node
          wire signed [WIDTH-2:0] even = level[l-1].sums[2*i*(WIDTH-1)+:WIDTH-1];
          wire signed [WIDTH-2:0] odd = level[l-1].sums[(2*i+1)*(WIDTH-1)+:WIDTH-1];
          assign sums[i*WIDTH+:WIDTH] = {even[WIDTH-2], even} + {odd[WIDTH-2], odd};
        end
      end
    end
  endgenerate
  assign sum = level[LEVELS].sums;
endmodule
