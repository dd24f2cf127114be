// A signed integer of IN bits as a float of EXP exponent and MAN mantissa bits. Exact where the magnitude has at most
// MAN + 1 significant bits (a longer one is cut off) and IN <= 2^(EXP-1): every product of two 4-bit codes. Zero is
// positive. Combinational.
//   IN = 11, EXP = 8, MAN = 23, term = 11'h640 (-448): value = 32'hC3E00000.   term = 0: value = 0.
module int_to_fp #(
    parameter IN  = 11,
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire signed [   IN-1:0] term,
    output wire        [EXP+MAN:0] value
);
  localparam STAGES = $clog2(IN);
  localparam TOP = (1 << (EXP - 1)) - 2 + IN;  // field of 2^(IN-1)

  reg [IN-1:0] bits;
  reg [EXP-1:0] field;
  integer i;
  always @* begin
    bits  = term[IN-1] ? -term : term;
    field = TOP[EXP-1:0];
    for (i = STAGES - 1; i >= 0; i = i - 1)
      if (!(|(bits >> (IN - (1 << i))))) begin
        bits  = bits << (1 << i);
        field = field - ({{EXP - 1{1'b0}}, 1'b1} << i);
      end
  end
  wire [IN+MAN-2:0] mantissa = {bits[IN-2:0], {MAN{1'b0}}};
  wire unused_bits = &mantissa[IN-2:0];
  assign value = {term[IN-1], field & {EXP{bits[IN-1]}}, mantissa[IN+MAN-2:IN-1]};
endmodule
